//! From evidence to an explanation: selection, fit, and what makes it doubtful.

use crate::gather::Gathered;
use crate::slot::guard;
use crate::{
    Details, Error, Estimate, Evidence, Explainer, Explanation, FeatureWeight, Fitting, LocalModel, Moments, Real,
    Representation, Selector, Stage, Surrogate, TargetExplanation, Warning,
};

/// An explanation with the fits it was made of, in the order of the targets.
pub(crate) struct Finished<T> {
    pub(crate) explanation: Explanation,
    pub(crate) fits: Vec<T>,
}

impl<T: LocalModel> Finished<T> {
    /// The fits as a stop rule sees them.
    pub(crate) fn estimates(&self) -> Vec<Estimate> {
        let targets = self.explanation.targets.iter().zip(&self.fits);
        targets
            .map(|(target, fit)| Estimate::new(target.target, fit.weights().to_vec(), fit.uncertainty().cloned()))
            .collect()
    }
}

/// Selects, fits and writes down the explanation of evidence that holds all rows of `state`.
pub(crate) fn finish<F, R, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    names: &[String],
    (evidence, state): (&G::Evidence, &Gathered<F, G::Evidence>),
    (requested, model_calls): (usize, usize),
) -> Result<Finished<G::Fit>, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    G: Surrogate<F>,
    L: Selector<F, G::Evidence>,
{
    let space = representation.space();
    let moments: &Moments = evidence.moments();
    let (samples, positive) = (state.absorbed, moments.positive_rows());
    // What counts is all like the instance, and it is the weights' doing.
    let alike = || positive < samples && (0..moments.features()).all(|j| !moments.varies(j));
    if positive < 2 || alike() {
        return Err(Error::NoWeight { samples, positive });
    }
    let given = Fitting::new(space, evidence).with_exact(&state.exact);

    // Targets with the same features are fitted together.
    let mut together: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for target in 0..state.targets.len() {
        let active = guard(Stage::Select, 0..samples, || explainer.selector.select(&given, target))?;
        let mut seen = vec![false; space.features()];
        let valid = active.iter().all(|&j| seen.get_mut(j).is_some_and(|seen| !std::mem::replace(seen, true)));
        if !valid {
            return Err(Error::Selection { chosen: active, features: space.features() });
        }
        match together.iter_mut().find(|(features, _)| *features == active) {
            Some((_, targets)) => targets.push(target),
            None => together.push((active, vec![target])),
        }
    }
    let mut explained: Vec<(usize, TargetExplanation, G::Fit)> = Vec::new();
    for (active, targets) in &together {
        let fits = guard(Stage::Fit, 0..samples, || explainer.surrogate.fit(&given, active, targets))?;
        if fits.len() != targets.len() {
            return Err(Error::Fits { expected: targets.len(), found: fits.len() });
        }
        for (&position, fit) in targets.iter().zip(fits) {
            let target = state.targets[position];
            let mut explanation = target_explanation(&fit, target, explainer.output_names.as_deref(), names)?;
            let effective = moments.effective_sample_size();
            let needed = explainer.effective_samples.unwrap_or(2 * (active.len() + 1));
            if effective < needed as f64 {
                explanation.warnings.insert(0, Warning::FewEffectiveSamples { effective, needed });
            }
            if moments.total(position) == 0.0 {
                explanation.warnings.push(Warning::ConstantAnswers);
            }
            explained.push((position, explanation, fit));
        }
    }
    explained.sort_by_key(|(position, ..)| *position);
    let (targets, fits) = explained.into_iter().map(|(_, target, fit)| (target, fit)).unzip();
    let explanation = Explanation {
        samples,
        requested,
        model_calls,
        effective_sample_size: moments.effective_sample_size(),
        ..without_samples(explainer, representation, names, state.prediction.clone(), targets)?
    };
    Ok(Finished { explanation, fits })
}

/// The explanation of these targets, with what the representation tells of their features, as if it took no samples.
pub(crate) fn without_samples<F: Real, R: Representation<F> + ?Sized, S, K, L, G>(
    explainer: &Explainer<S, K, L, G>,
    representation: &R,
    names: &[String],
    prediction: Vec<f64>,
    mut targets: Vec<TargetExplanation>,
) -> Result<Explanation, Error> {
    let details = guard(Stage::Other, 0..0, || {
        for feature in targets.iter_mut().flat_map(|target| &mut target.features) {
            feature.details = representation.feature_details(feature.index);
        }
        Ok(representation.details())
    })?;
    Ok(Explanation {
        kind: representation.kind().to_string(),
        samples: 0,
        requested: 0,
        seed: explainer.seed,
        model_calls: 0,
        effective_sample_size: 0.0,
        stopped: None,
        prediction,
        output_names: explainer.output_names.clone().unwrap_or_default(),
        feature_names: names.to_vec(),
        frozen: representation.frozen(),
        details,
        targets,
    })
}

pub(crate) fn target_explanation(
    fit: &impl LocalModel,
    target: usize,
    output_names: Option<&[String]>,
    names: &[String],
) -> Result<TargetExplanation, Error> {
    let (intercept, local_prediction) = (fit.intercept(), fit.local_prediction());
    let mut features = Vec::with_capacity(fit.weights().len());
    let uncertainty = fit.uncertainty();
    for (place, &(index, weight)) in fit.weights().iter().enumerate() {
        let Some(name) = names.get(index) else {
            return Err(Error::Selection { chosen: vec![index], features: names.len() });
        };
        if !weight.is_finite() {
            return Err(Error::NotFinite { target, what: format!("weight of feature {index}"), value: weight });
        }
        features.push(FeatureWeight {
            index,
            name: name.clone(),
            weight,
            sd: fit.deviation(index),
            interval: uncertainty.and_then(|errors| errors.intervals.get(place).copied()),
            details: Details::new(),
        });
    }
    for (what, value) in [("intercept", intercept.unwrap_or(0.0)), ("local prediction", local_prediction)] {
        if !value.is_finite() {
            return Err(Error::NotFinite { target, what: what.into(), value });
        }
    }
    features.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    let mut warnings = fit.warnings().to_vec();
    if let Some(first) = features.first()
        && let Some([low, high]) = first.interval
        && low <= 0.0
        && 0.0 <= high
        && low < high
    {
        warnings.push(Warning::Unsettled { feature: first.name.clone(), low, high });
    }
    Ok(TargetExplanation {
        target,
        name: output_names.and_then(|names| names.get(target).cloned()),
        intercept,
        local_prediction,
        score: fit.score(),
        held_out: None,
        confidence: uncertainty.map(|errors| errors.confidence),
        features,
        rules: fit.rules(names),
        warnings,
    })
}
