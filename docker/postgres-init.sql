-- Runs once, as superuser, when the database folder is new. The passwords come from the environment (psql 15 or newer).
\set ON_ERROR_STOP on
\getenv owner_password CARETHREAD_OWNER_PASSWORD
\getenv app_password CARETHREAD_APP_PASSWORD

-- Runs the migrations and owns every table. Neither superuser nor BYPASSRLS: row-level security binds it too.
create role carethread_owner login createrole password :'owner_password';

-- What the product logs in as. Owns nothing.
create role carethread_app login password :'app_password';

-- The group that tables are granted to. Made by the owner, because whoever makes a role may also grant it.
set role carethread_owner;
create role carethread_runtime nologin;
grant carethread_runtime to carethread_app;
reset role;

create database carethread owner carethread_owner;
revoke connect on database carethread from public;
grant connect on database carethread to carethread_app;
