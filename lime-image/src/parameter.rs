//! The checks of the numbers that components are set to.

use crate::Error;

/// The value, where it is good; `range` says what is.
pub(crate) fn check(
    component: &'static str,
    parameter: &'static str,
    value: f64,
    good: bool,
    range: &'static str,
) -> Result<f64, Error> {
    if good { Ok(value) } else { Err(Error::Parameter { component, parameter, value, range }) }
}

/// The value, where it is a finite number of at least 0.
pub(crate) fn at_least_0(component: &'static str, parameter: &'static str, value: f64) -> Result<f64, Error> {
    let good = value >= 0.0 && value.is_finite();
    check(component, parameter, value, good, "a finite number of at least 0")
}

/// The count, where it is at least 1.
pub(crate) fn at_least_one(component: &'static str, parameter: &'static str, count: usize) -> Result<usize, Error> {
    check(component, parameter, count as f64, count > 0, "1 or more").map(|_| count)
}
