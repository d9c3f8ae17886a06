//! Agreement between explanations of the same prediction.

use crate::TargetExplanation;

/// The features with the k largest absolute weights, sorted by index. Equal weights go to the lower index.
fn top(explanation: &TargetExplanation, k: usize) -> Vec<usize> {
    let mut features: Vec<(usize, f64)> = explanation.features.iter().map(|f| (f.index, f.weight.abs())).collect();
    features.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut top: Vec<usize> = features.into_iter().take(k).map(|(index, _)| index).collect();
    top.sort_unstable();
    top
}

fn shared(a: &[usize], b: &[usize]) -> usize {
    a.iter().filter(|index| b.binary_search(index).is_ok()).count()
}

/// The mean of a value over all pairs; NaN where there are none.
fn over_pairs<T>(items: &[T], value: impl Fn(&T, &T) -> f64) -> f64 {
    let mut sum = 0.0;
    let mut pairs = 0usize;
    for (i, a) in items.iter().enumerate() {
        for b in &items[i + 1..] {
            sum += value(a, b);
            pairs += 1;
        }
    }
    sum / pairs as f64
}

/// The mean Jaccard index |A n B| / |A u B| of the k features with the largest weights, over all pairs of explanations: 1 where all
/// have the same ones, 0 where no two share one. Two that have no features agree. NaN for fewer than two explanations.
///
/// ```
/// # use lime_core::{kernel_fn, model_fn, sampler_fn, BoxError, Direct, Explainer, Fitting, LinearFit, Moments, Real, Selector, Space, Surrogate, Evidence};
/// # use lime_core::nalgebra::DMatrix;
/// # use rand::RngExt;
/// # struct Marginal;
/// # impl<F: Real> Surrogate<F> for Marginal {
/// #     type Evidence = Moments;
/// #     type Fit = LinearFit;
/// #     fn evidence(&self, space: &Space<F>, prediction: &[f64]) -> Moments {
/// #         Moments::new(&space.origin().iter().map(|x| x.wide()).collect::<Vec<_>>(), prediction)
/// #     }
/// #     fn fit(&self, given: &Fitting<'_, F, Moments>, active: &[usize], targets: &[usize]) -> Result<Vec<LinearFit>, BoxError> {
/// #         let m = given.moments();
/// #         Ok(targets.iter().map(|&t| LinearFit::centred(m, active, active.iter().map(|&j| m.cross(j, t) / m.scatter(j, j)).collect(), t)).collect())
/// #     }
/// # }
/// # struct All;
/// # impl<F: Real, E: Evidence<F> + ?Sized> Selector<F, E> for All {
/// #     fn select(&self, given: &Fitting<'_, F, E>, _: usize) -> Result<Vec<usize>, BoxError> {
/// #         Ok((0..given.moments().features()).collect())
/// #     }
/// # }
/// # let explain = |slopes: [f64; 3]| {
/// #     let coin = sampler_fn(|generator, _, z: &mut [f64]| z.fill_with(|| f64::from(u8::from(generator.random_bool(0.5)))));
/// #     let explainer = Explainer::new(coin, kernel_fn(|_: &[f64], _: &[f64]| 1.0), All, Marginal).samples(5000);
/// #     let model = model_fn(move |z: &DMatrix<f64>| z.column(0) * slopes[0] + z.column(1) * slopes[1] + z.column(2) * slopes[2]);
/// #     explainer.explain(&Direct::new(Space::masks(3)), &model).map(|mut e| e.targets.remove(0))
/// # };
/// use lime_core::quality::{jaccard, vsi};
///
/// // Explanations of three models of three features, by their slopes.
/// let explanations = [explain([5.0, 3.0, 1.0])?, explain([5.0, 3.0, 1.0])?, explain([5.0, 1.0, 3.0])?];
/// // The first two share both of their top features, the third one of two with either.
/// assert_eq!(jaccard(&explanations, 2), (1.0 + 1.0 / 3.0 + 1.0 / 3.0) / 3.0);
/// assert_eq!(vsi(&explanations, 2), (1.0 + 0.5 + 0.5) / 3.0);
/// # Ok::<(), lime_core::Error>(())
/// ```
pub fn jaccard(explanations: &[TargetExplanation], k: usize) -> f64 {
    let sets: Vec<Vec<usize>> = explanations.iter().map(|explanation| top(explanation, k)).collect();
    over_pairs(&sets, |a, b| {
        let both = shared(a, b);
        let either = a.len() + b.len() - both;
        if either == 0 { 1.0 } else { both as f64 / either as f64 }
    })
}

/// The variables stability index (Visani, Bagli, Chesani, Poluzzi and Capuzzo 2022, "Statistical stability indices for LIME"): the mean
/// share of the k features with the largest weights that two explanations have in common, over all pairs. From 0 to 1; NaN for fewer
/// than two explanations. See [`jaccard`] for an example.
pub fn vsi(explanations: &[TargetExplanation], k: usize) -> f64 {
    let sets: Vec<Vec<usize>> = explanations.iter().map(|explanation| top(explanation, k)).collect();
    over_pairs(&sets, |a, b| {
        let most = a.len().max(b.len());
        if most == 0 { 1.0 } else { shared(a, b) as f64 / most as f64 }
    })
}

/// The coefficients stability index (Visani and others 2022): for each feature the share of pairs of explanations whose intervals for
/// its coefficient overlap, averaged over the features that two explanations at least have an interval for. From 0 to 1; NaN where there is no such
/// feature.
///
/// It needs intervals: a surrogate that knows its sampling error. With exact 95 % intervals two of them miss each other about one time in
/// 180, so an index below 0.99 means that they are too narrow.
pub fn csi(explanations: &[TargetExplanation]) -> f64 {
    let mut intervals: Vec<Vec<[f64; 2]>> = Vec::new();
    for feature in explanations.iter().flat_map(|explanation| &explanation.features) {
        if let Some(interval) = feature.interval {
            if intervals.len() <= feature.index {
                intervals.resize(feature.index + 1, Vec::new());
            }
            intervals[feature.index].push(interval);
        }
    }
    intervals.retain(|of_one| of_one.len() > 1);
    let overlap = |a: &[f64; 2], b: &[f64; 2]| f64::from(u8::from(a[0] <= b[1] && b[0] <= a[1]));
    intervals.iter().map(|of_one| over_pairs(of_one, overlap)).sum::<f64>() / intervals.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, FeatureWeight};

    fn explanation(weights: &[(usize, f64, [f64; 2])]) -> TargetExplanation {
        let feature = |&(index, weight, interval): &(usize, f64, [f64; 2])| FeatureWeight {
            index,
            name: index.to_string(),
            weight,
            sd: None,
            interval: Some(interval),
            details: Details::new(),
        };
        TargetExplanation {
            target: 0,
            name: None,
            intercept: None,
            local_prediction: 0.0,
            score: 1.0,
            held_out: None,
            confidence: Some(0.95),
            features: weights.iter().map(feature).collect(),
            rules: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn intervals_that_overlap_are_counted() {
        let all = [
            explanation(&[(0, 1.0, [0.0, 2.0]), (3, 1.0, [0.0, 1.0])]),
            explanation(&[(0, 1.5, [1.0, 2.0]), (3, 4.0, [3.0, 5.0])]),
            explanation(&[(0, 9.0, [8.0, 9.0]), (1, 1.0, [0.0, 2.0])]),
        ];
        // Feature 0: one pair of three overlaps; feature 3: its one pair does not; feature 1 stands alone.
        assert!((csi(&all) - (1.0 / 3.0 + 0.0) / 2.0).abs() < 1e-15);
        assert!(csi(&all[..1]).is_nan());
    }

    #[test]
    fn what_cannot_be_compared_is_no_number() {
        let empty = explanation(&[]);
        assert!(jaccard(&[], 3).is_nan() && vsi(std::slice::from_ref(&empty), 3).is_nan());
        assert_eq!(jaccard(&[empty.clone(), empty.clone()], 3), 1.0);
        let one = explanation(&[(2, 1.0, [0.0, 1.0])]);
        assert_eq!(jaccard(&[one.clone(), empty], 3), 0.0);
        // Equal weights: the lower index.
        let tie = explanation(&[(5, -1.0, [0.0; 2]), (2, 1.0, [0.0; 2])]);
        assert_eq!(jaccard(&[one, tie], 1), 1.0);
    }
}
