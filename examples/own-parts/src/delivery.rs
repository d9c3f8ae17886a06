//! A model: not of numbers, but of whatever the representation makes.

use lime_core::nalgebra::DMatrix;
use lime_core::{BoxError, Model, Real};

use crate::Station;

/// Whether a station delivers: the mains must be on, and at least one pump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery;

impl<F: Real> Model<Vec<Station>, F> for Delivery {
    fn predict(&self, stations: &Vec<Station>) -> Result<DMatrix<F>, BoxError> {
        Ok(DMatrix::from_iterator(
            stations.len(),
            1,
            stations.iter().map(|station| {
                let delivers = station.mains && station.pumps.contains(&true);
                if delivers { F::one() } else { F::zero() }
            }),
        ))
    }
}
