//! What a condition on one column lets through.

use std::cmp::Ordering;

/// A place between numbers: just before one, or just after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// The number.
    pub at: f64,
    /// Whether the number itself lies below the cut.
    pub after: bool,
}

impl Cut {
    /// The order of cuts, the lower first; both zeros are one number.
    pub(crate) fn order(&self, other: &Cut) -> Ordering {
        (self.at + 0.0).total_cmp(&(other.at + 0.0)).then(self.after.cmp(&other.after))
    }

    /// Whether a number lies below.
    fn is_above(&self, x: f64) -> bool {
        x < self.at || self.after && x == self.at
    }
}

/// A set of numbers that finitely many intervals make up, and whether a missing cell (NaN) belongs to it: what one or more
/// branches of a tree let through in a column.
///
/// ```
/// use lime_core::Region;
/// let branch = Region::at_most(2.5).with_missing(true);
/// let (yes, no) = (branch.clone(), branch.complement());
/// assert_eq!([yes.contains(2.5), yes.contains(3.0), yes.contains(f64::NAN)], [true, false, true]);
/// assert_eq!([no.contains(2.5), no.contains(3.0), no.contains(f64::NAN)], [false, true, false]);
///
/// let between = Region::above(1.0).and(&Region::equal(2.0).complement());
/// assert_eq!([between.contains(1.0), between.contains(1.5), between.contains(2.0)], [false, true, false]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Rising, apart from each other, none of them empty.
    intervals: Vec<[Cut; 2]>,
    missing: bool,
}

const LEAST: Cut = Cut { at: f64::NEG_INFINITY, after: false };
const GREATEST: Cut = Cut { at: f64::INFINITY, after: true };

impl Region {
    /// Everything, missing cells included.
    pub fn all() -> Self {
        Self { intervals: vec![[LEAST, GREATEST]], missing: true }
    }

    /// x <= `bound`. Nothing where `bound` is NaN, as in a comparison; so for those below.
    pub fn at_most(bound: f64) -> Self {
        Self::between(LEAST, Cut { at: bound, after: true })
    }

    /// x < `bound`.
    pub fn below(bound: f64) -> Self {
        Self::between(LEAST, Cut { at: bound, after: false })
    }

    /// x >= `bound`.
    pub fn at_least(bound: f64) -> Self {
        Self::between(Cut { at: bound, after: false }, GREATEST)
    }

    /// x > `bound`.
    pub fn above(bound: f64) -> Self {
        Self::between(Cut { at: bound, after: true }, GREATEST)
    }

    /// x == `value`.
    pub fn equal(value: f64) -> Self {
        Self::between(Cut { at: value, after: false }, Cut { at: value, after: true })
    }

    fn between(from: Cut, to: Cut) -> Self {
        let numbers = !from.at.is_nan() && !to.at.is_nan() && from.order(&to) == Ordering::Less;
        Self { intervals: if numbers { vec![[from, to]] } else { Vec::new() }, missing: false }
    }

    /// Whether a missing cell belongs to it. By itself it does to [`all`](Self::all) and to no comparison.
    #[must_use]
    pub fn with_missing(self, missing: bool) -> Self {
        Self { missing, ..self }
    }

    /// What does not belong to it: the other way of a branch.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut intervals = Vec::with_capacity(self.intervals.len() + 1);
        let mut from = LEAST;
        for [start, end] in &self.intervals {
            if from.order(start) == Ordering::Less {
                intervals.push([from, *start]);
            }
            from = *end;
        }
        if from.order(&GREATEST) == Ordering::Less {
            intervals.push([from, GREATEST]);
        }
        Self { intervals, missing: !self.missing }
    }

    /// What belongs to both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut intervals = Vec::with_capacity(self.intervals.len());
        let (mut a, mut b) = (self.intervals.iter().peekable(), other.intervals.iter().peekable());
        while let (Some([start, end]), Some([from, to])) = (a.peek(), b.peek()) {
            let low = if start.order(from) == Ordering::Less { *from } else { *start };
            let first_ends = end.order(to) == Ordering::Less;
            let high = if first_ends { *end } else { *to };
            if low.order(&high) == Ordering::Less {
                intervals.push([low, high]);
            }
            if first_ends {
                a.next()
            } else {
                b.next()
            };
        }
        Self { intervals, missing: self.missing && other.missing }
    }

    /// Whether a value belongs to it; NaN is a missing cell.
    pub fn contains(&self, x: f64) -> bool {
        if x.is_nan() {
            return self.missing;
        }
        self.intervals.iter().any(|[from, to]| !from.is_above(x) && to.is_above(x))
    }

    /// The intervals, rising, each from a cut to a cut.
    pub fn intervals(&self) -> &[[Cut; 2]] {
        &self.intervals
    }

    /// Whether a missing cell belongs to it.
    pub fn missing(&self) -> bool {
        self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [f64; 9] = [f64::NEG_INFINITY, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, f64::INFINITY, f64::NAN];

    type Holds = fn(f64, f64) -> bool;

    /// Each comparison and what it says of a value.
    fn comparisons(t: f64) -> [(Region, Holds); 5] {
        [
            (Region::at_most(t), |x, t| x <= t),
            (Region::below(t), |x, t| x < t),
            (Region::at_least(t), |x, t| x >= t),
            (Region::above(t), |x, t| x > t),
            (Region::equal(t), |x, t| x == t),
        ]
    }

    #[test]
    fn regions_are_what_comparisons_say() {
        for t in PLACES {
            for (region, holds) in comparisons(t) {
                for x in PLACES {
                    assert_eq!(region.contains(x), holds(x, t), "{x} {region:?}");
                    assert_eq!(region.complement().contains(x), !holds(x, t), "{x} not {region:?}");
                    assert_eq!(region.clone().with_missing(true).contains(x), holds(x, t) || x.is_nan());
                }
                assert_eq!(region.complement().complement(), region);
            }
        }
        assert!(PLACES.iter().all(|x| Region::all().contains(*x) && !Region::all().complement().contains(*x)));
    }

    #[test]
    fn both_is_both() {
        let mut regions = vec![Region::all()];
        for t in PLACES {
            for (region, _) in comparisons(t) {
                regions.extend([region.complement(), region]);
            }
        }
        for a in &regions {
            for b in &regions {
                let both = a.and(b);
                for x in PLACES {
                    assert_eq!(both.contains(x), a.contains(x) && b.contains(x), "{x} {a:?} {b:?}");
                }
                assert!(both.intervals().iter().all(|[from, to]| from.order(to) == Ordering::Less));
            }
        }
    }
}
