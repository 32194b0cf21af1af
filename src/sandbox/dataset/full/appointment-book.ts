import type { Appointment } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { FIRST_APPOINTMENT_ID, makeAppointment } from '../appointments.js';
import { BROKEN_ROWS, spoil } from '../dirty-rows.js';
import { type Making, planVisits, type Programme, type Visit } from '../visit-plan.js';
import { Diary, type Span, spanOf } from '../visit-times.js';

type Wanted = Partial<Visit>;

/** The appointments of one hospital, the examples first, then what fills the days. */
export class AppointmentBook {
  readonly appointments: Appointment[] = [];
  readonly dirty: string[] = [];
  readonly cases: Record<string, string[]> = {};
  /** In the hospital's zone. */
  readonly now: DateTime;
  readonly #diary: Diary;
  readonly #ahead: Span;

  constructor(readonly making: Making) {
    this.now = DateTime.fromJSDate(making.now, { zone: making.plan.timeZone });
    this.#diary = new Diary(making.random);
    this.#ahead = spanOf(this.now.plus({ days: 1 }), this.now.plus({ days: 30 }));
  }

  /** A booked visit of anybody within the next 30 days, but for what is wanted and what is special. */
  visit(names: string[], wanted: Wanted = {}, special: Partial<Appointment> = {}): Appointment {
    const { random, patients, practitioners, locations } = this.making;
    const visit: Visit = {
      status: 'booked',
      start: this.#diary.book(this.#ahead, []),
      minutes: 30,
      patient: random.pick(patients),
      practitioner: random.pick(practitioners),
      location: random.pick(locations),
      ...wanted,
    };
    const row = { ...makeAppointment(this.making, visit, this.appointments.length), ...special };
    this.appointments.push(row);
    for (const name of names) this.cases[name] = [...(this.cases[name] ?? []), `Appointment/${row.id}`];
    return row;
  }

  /** A row that no validator would have let in. */
  brokenVisit(name: string, spoiled: (sound: Appointment) => Appointment): void {
    const sound = this.visit([name]);
    this.appointments[this.appointments.length - 1] = spoiled(sound);
    this.dirty.push(sound.id as string);
  }

  /** Fills up to `count` rows in all, the last of them broken. */
  fill(count: number, programmeOf: (rows: number) => Programme): void {
    const programme = programmeOf(count - this.appointments.length - BROKEN_ROWS);
    for (const visit of this.making.random.shuffle(planVisits(this.making, programme))) this.visit([], visit);
    const examples = new Set(Object.values(this.cases).flat());
    const booked = this.appointments.filter(({ id, status, start }) => {
      const ahead = start !== undefined && new Date(start) > this.making.now;
      return status === 'booked' && ahead && !examples.has(`Appointment/${id}`);
    });
    const broken = spoil(booked, FIRST_APPOINTMENT_ID + this.appointments.length);
    this.appointments.push(...broken);
    this.dirty.push(...broken.map(({ id }) => id as string));
  }
}
