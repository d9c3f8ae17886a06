//! The check of a number that a component is set to.

use crate::Error;

/// The value, where it is a finite number of at least 0.
pub(crate) fn at_least_0(component: &'static str, parameter: &'static str, value: f64) -> Result<f64, Error> {
    if value >= 0.0 && value.is_finite() {
        return Ok(value);
    }
    Err(Error::Parameter { component, parameter, value, range: "a finite number of at least 0" })
}
