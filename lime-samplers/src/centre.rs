//! Where the samplers of numbers put the middle of their law.

use lime_core::{Law, Real, Space};

use crate::{Error, PerFeature};

/// The centre of a Gaussian perturbation.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Centre {
    /// The instance x'.
    #[default]
    Instance,
    /// The median of each coordinate's own law.
    Law,
    /// A point of the user's.
    Point(PerFeature),
}

impl Centre {
    /// A point of the user's: finite.
    pub(crate) fn point(point: PerFeature) -> Result<Self, Error> {
        Ok(Centre::Point(point.check("mean", "finite", f64::is_finite)?))
    }

    /// The centre in a space, which must be one of numbers.
    pub(crate) fn locate<F: Real>(&self, space: &Space<F>, sampler: &'static str) -> Result<Vec<f64>, Error> {
        let way_out = "use GaussianCopula, which keeps every feature's own law, or MonteCarlo";
        if let Centre::Point(point) = self {
            point.check_length("mean", space.features())?;
        }
        let places = space.laws().iter().zip(space.origin()).enumerate();
        let centre = places.map(|(feature, (law, x))| {
            let Law::Continuous(law) = law else { return Err(Error::NotANumber { feature, sampler, way_out }) };
            match self {
                Centre::Instance => Ok(x.wide()),
                Centre::Point(point) => Ok(point.at(feature)),
                Centre::Law => {
                    let value = law.quantile(F::of(0.5)).wide();
                    if value.is_finite() { Ok(value) } else { Err(Error::Quantile { feature, u: 0.5, value }) }
                }
            }
        });
        centre.collect()
    }
}
