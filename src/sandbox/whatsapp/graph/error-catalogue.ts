interface Entry {
  title: string;
  status: number;
}

const entry = (title: string, status = 400): Entry => ({ title, status });

/** Titles of Meta's error table. Meta lists no HTTP status for most of them: 400 unless older tables gave another. */
const ERRORS: Record<number, Entry> = {
  1: entry('An unknown error occurred', 500),
  2: entry('Service temporarily unavailable', 503),
  4: entry('Application request limit reached', 429),
  10: entry('Application does not have permission for this action', 403),
  100: entry('Invalid parameter'),
  190: entry('Invalid OAuth access token', 401),
  368: entry('Temporarily blocked for policies violations', 403),
  2500: entry('Unknown path components', 404),
  80007: entry('Rate limit issues', 429),
  130403: entry('User is blocked'),
  130429: entry('Rate limit hit', 429),
  131000: entry('Something went wrong', 500),
  131005: entry('Access denied', 403),
  131008: entry('Required parameter is missing'),
  131009: entry('Parameter value is not valid'),
  131016: entry('Service unavailable', 500),
  131021: entry('Recipient cannot be sender'),
  131026: entry('Message undeliverable'),
  131031: entry('Account has been locked', 403),
  131042: entry('Business eligibility payment issue'),
  131047: entry('Re-engagement message'),
  131048: entry('Spam rate limit hit'),
  131049: entry('This message was not delivered to maintain healthy ecosystem engagement'),
  131050: entry('Recipient has stopped marketing messages from this business'),
  131051: entry('Unsupported message type'),
  131053: entry('Media upload error'),
  131056: entry('(Business Account, Consumer Account) pair rate limit hit'),
  131057: entry('Account in maintenance mode', 500),
  131062: entry('Business-scoped user id is not supported for this message'),
  131064: entry('Account limited for template misclassification'),
  132000: entry('Number of parameters does not match the expected number of params'),
  132001: entry('Template name does not exist in the translation', 404),
  132005: entry('Translated text too long'),
  132007: entry('Template format character policy violated'),
  132012: entry('Parameter format does not match format in the created template'),
  132015: entry('Template is paused'),
  132016: entry('Template is disabled'),
  132018: entry("There was an issue with the template's parameters"),
  133005: entry('Two-step verification PIN mismatch'),
  133010: entry('Phone number not registered'),
};

export const titleOf = (code: number): string => ERRORS[code]?.title ?? 'Unknown error';

export const httpStatusOf = (code: number): number => ERRORS[code]?.status ?? 400;
