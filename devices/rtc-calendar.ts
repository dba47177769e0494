// Calendar arithmetic for real-time clocks: the time of day and the date as a clock chip keeps them, moved on by any number of seconds.
// Gregorian calendar. Fields a guest wrote beyond their range are taken for the numbers they are and come out normal.

export interface CalendarTime {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  /** 1 is Sunday. A clock chip counts weekdays by themselves and does not check them against the date. */
  readonly weekday: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
}

export const DAY_SECONDS = 86_400;

export function fromEpoch(seconds: number): CalendarTime {
  const midnight = { second: 0, minute: 0, hour: 0, weekday: 5, day: 1, month: 1, year: 1970 };
  return addSeconds(midnight, seconds);
}

export function secondOfDay(time: CalendarTime): number {
  return time.hour * 3600 + time.minute * 60 + time.second;
}

export function addSeconds(time: CalendarTime, seconds: number): CalendarTime {
  const total = secondOfDay(time) + seconds;
  const days = Math.floor(total / DAY_SECONDS);
  const rest = total - days * DAY_SECONDS;
  return {
    ...(days === 0 ? time : addDays(time, days)),
    second: rest % 60,
    minute: Math.floor(rest / 60) % 60,
    hour: Math.floor(rest / 3600),
  };
}

function addDays(time: CalendarTime, days: number): CalendarTime {
  const weekday = ((((time.weekday - 1 + days) % 7) + 7) % 7) + 1;
  return { ...time, ...dateOf(dayNumber(time) + days), weekday };
}

// Years are counted from March, so that the leap day comes last: 153 days in each five months from March on.
const DAYS_400_YEARS = 146_097;
const DAYS_100_YEARS = 36_524;
const DAYS_4_YEARS = 1461;

/** Days since 1 March of the year 0. */
function dayNumber({ year, month, day }: CalendarTime): number {
  const fromMarch = (Math.min(Math.max(month, 1), 12) + 9) % 12;
  const marchYear = month < 3 ? year - 1 : year;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * fromMarch + 2) / 5) + day - 1;
}

function dateOf(number: number): { day: number; month: number; year: number } {
  const era = Math.floor(number / DAYS_400_YEARS);
  const dayOfEra = number - era * DAYS_400_YEARS;
  const century = Math.min(3, Math.floor(dayOfEra / DAYS_100_YEARS));
  const dayOfCentury = dayOfEra - century * DAYS_100_YEARS;
  const cycle = Math.floor(dayOfCentury / DAYS_4_YEARS);
  const dayOfCycle = dayOfCentury - cycle * DAYS_4_YEARS;
  const yearOfCycle = Math.min(3, Math.floor(dayOfCycle / 365));
  const dayOfYear = dayOfCycle - yearOfCycle * 365;
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const marchYear = era * 400 + century * 100 + cycle * 4 + yearOfCycle;
  return { day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1, month, year: month < 3 ? marchYear + 1 : marchYear };
}
