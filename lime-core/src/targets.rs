//! Which of the model's outputs are explained.

use crate::Error;

/// The outputs to explain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Targets {
    /// These outputs, counted from 0.
    Given(Vec<usize>),
    /// The outputs with the highest scores at the instance, at most this many, the highest first; equal scores by index.
    Top(usize),
    /// Every output.
    All,
}

impl Default for Targets {
    /// The model's top output.
    fn default() -> Self {
        Targets::Top(1)
    }
}

impl Targets {
    /// What can be checked before the model is asked.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Targets::Given(targets) if targets.is_empty() => Err(Error::NoTargets),
            Targets::Top(0) => Err(Error::NoTargets),
            _ => Ok(()),
        }
    }

    /// The outputs meant, given the model's answer at the instance.
    pub(crate) fn resolve(&self, prediction: &[f64]) -> Result<Vec<usize>, Error> {
        let outputs = prediction.len();
        match self {
            Targets::Given(targets) => match targets.iter().find(|t| **t >= outputs) {
                Some(&target) => Err(Error::Target { target, outputs }),
                None => Ok(targets.clone()),
            },
            Targets::Top(count) => {
                let mut order: Vec<usize> = (0..outputs).collect();
                order.sort_by(|&a, &b| prediction[b].total_cmp(&prediction[a]));
                order.truncate(*count);
                Ok(order)
            }
            Targets::All => Ok((0..outputs).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_ties_by_index() {
        assert_eq!(Targets::Top(3).resolve(&[0.1, 0.4, 0.1, 0.4]).unwrap(), [1, 3, 0]);
        assert_eq!(Targets::Top(9).resolve(&[1.0, 2.0]).unwrap(), [1, 0]);
        assert!(matches!(Targets::Given(vec![0, 2]).resolve(&[0.0; 2]), Err(Error::Target { target: 2, outputs: 2 })));
    }
}
