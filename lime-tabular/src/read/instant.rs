//! Dates and times as counts of a unit of time.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::TimeUnit;

const BILLION: i128 = 1_000_000_000;

/// A point in time, and how much of it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    nanoseconds: i128,
    /// Whether a date was written without a time.
    pub(super) is_date: bool,
}

impl Instant {
    fn of(time: NaiveDateTime, is_date: bool) -> Self {
        let time = time.and_utc();
        let nanoseconds = i128::from(time.timestamp()) * BILLION + i128::from(time.timestamp_subsec_nanos());
        Self { nanoseconds, is_date }
    }

    fn date(date: NaiveDate) -> Option<Self> {
        Some(Self::of(date.and_hms_opt(0, 0, 0)?, true))
    }

    /// Reads `YYYY-MM-DD`, or that, a `T` or a space, `HH:MM`, seconds with or without a fraction, and an offset from UTC;
    /// or, with a format, what chrono's strptime reads. Without an offset it is taken as UTC.
    pub(super) fn parse(text: &str, format: Option<&str>) -> Option<Self> {
        if let Some(format) = format {
            return DateTime::parse_from_str(text, format)
                .map(|time| Self::of(time.naive_utc(), false))
                .or_else(|_| NaiveDateTime::parse_from_str(text, format).map(|time| Self::of(time, false)))
                .ok()
                .or_else(|| NaiveDate::parse_from_str(text, format).ok().and_then(Self::date));
        }
        let day = text.get(..10)?;
        let shaped = day.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !shaped {
            return None;
        }
        let number = |range: std::ops::Range<usize>| day.get(range).and_then(|digits| digits.parse::<u32>().ok());
        let year = i32::try_from(number(0..4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)?;
        let Some(time) = text.get(10..).filter(|rest| !rest.is_empty()) else { return Self::date(date) };
        let time = time.strip_prefix(['T', 't', ' '])?;
        // The formats read more than this: a time of other characters is none.
        if !time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Zz".contains(&byte)) {
            return None;
        }
        let zoned = time.contains(['Z', 'z', '+', '-']);
        let text = format!("{day}T{}", time.replace(['Z', 'z'], "+00:00"));
        if zoned {
            ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"]
                .iter()
                .find_map(|format| Some(Self::of(DateTime::parse_from_str(&text, format).ok()?.naive_utc(), false)))
        } else {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
                .iter()
                .find_map(|format| Some(Self::of(NaiveDateTime::parse_from_str(&text, format).ok()?, false)))
        }
    }

    /// The count of a unit, with a fraction where the instant is between two.
    pub(super) fn count(self, unit: TimeUnit) -> f64 {
        let per = nanoseconds(unit);
        self.nanoseconds.div_euclid(per) as f64 + self.nanoseconds.rem_euclid(per) as f64 / per as f64
    }

    /// The coarsest unit of which it is a whole count: days for dates, seconds at most for times.
    pub(super) fn unit(self) -> TimeUnit {
        if self.is_date {
            return TimeUnit::Days;
        }
        [TimeUnit::Seconds, TimeUnit::Milliseconds, TimeUnit::Microseconds]
            .into_iter()
            .find(|unit| self.nanoseconds % nanoseconds(*unit) == 0)
            .unwrap_or(TimeUnit::Nanoseconds)
    }
}

/// Nanoseconds in one of a unit.
fn nanoseconds(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Days => 86_400 * BILLION,
        TimeUnit::Seconds => BILLION,
        TimeUnit::Milliseconds => 1_000_000,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Nanoseconds => 1,
    }
}

/// A count of one unit as a count of another.
pub(super) fn convert(count: f64, from: TimeUnit, to: TimeUnit) -> f64 {
    let (from, to) = (nanoseconds(from), nanoseconds(to));
    if from >= to { count * (from / to) as f64 } else { count / (to / from) as f64 }
}

/// The finer of two units.
pub(super) fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    if nanoseconds(a) <= nanoseconds(b) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_as_an_instant() {
        // Seconds by `date -u -d ... +%s`.
        let seconds = |text: &str| Instant::parse(text, None).map(|instant| instant.count(TimeUnit::Seconds));
        assert_eq!(seconds("1970-01-02"), Some(86_400.0));
        assert_eq!(seconds("2024-02-29 12:00:00"), Some(1_709_208_000.0));
        assert_eq!(seconds("2024-02-29T12:00"), Some(1_709_208_000.0));
        assert_eq!(seconds("2024-02-29T12:00:00.25Z"), Some(1_709_208_000.25));
        assert_eq!(seconds("2024-02-29 12:00:00+02:00"), Some(1_709_200_800.0));
        assert_eq!(seconds("2024-02-29T12:00:00-0230"), Some(1_709_217_000.0));
        assert_eq!(seconds("1969-12-31 23:59:59.5"), Some(-0.5));
        for text in ["2024-02-30", "2024-2-9", "24-02-2024", "2024-02-29x", "2024-02-29 25:00:00", "20240229", ""] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn formats_of_ones_own_and_units() {
        let date = Instant::parse("29/02/2024", Some("%d/%m/%Y")).unwrap();
        assert_eq!((date.count(TimeUnit::Days), date.unit()), (19_782.0, TimeUnit::Days));
        assert!(Instant::parse("2024-02-29", Some("%d/%m/%Y")).is_none());
        let unit = |text| Instant::parse(text, None).unwrap().unit();
        assert_eq!(unit("2024-02-29 12:00:00"), TimeUnit::Seconds);
        assert_eq!(unit("2024-02-29 12:00:00.125"), TimeUnit::Milliseconds);
        assert_eq!(unit("2024-02-29 12:00:00.125001"), TimeUnit::Microseconds);
        assert_eq!(unit("2024-02-29 12:00:00.125000001"), TimeUnit::Nanoseconds);
        assert_eq!(convert(2.0, TimeUnit::Days, TimeUnit::Seconds), 172_800.0);
        assert_eq!(convert(1500.0, TimeUnit::Milliseconds, TimeUnit::Seconds), 1.5);
    }
}
