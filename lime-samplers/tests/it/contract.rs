//! What every sampler promises, in every space that it serves.
#![allow(clippy::print_stdout)]

use crate::support::{self, bits, check_ranges, check_seeds, levels, mean_weight, mixed, numbers, pieces, sample};
use lime_core::{Real, Sampler, SizeLaw, Space, sampler_fn};
use lime_samplers::{
    Antithetic, BernoulliMask, Coalitions, Deduplicated, Distinct, Exhaustive, Gaussian, GaussianCopula, Halton,
    LatinHypercube, LeaveOneOut, MaskPairs, MaskSize, Mixed, MonteCarlo, RemovedCount, Sobol, Tilted,
    TruncatedGaussian, WithInstance,
};
use nalgebra::DMatrix;
use proptest::prelude::*;

/// A sampler, its spaces, and whether it draws by chance and can be continued.
struct Case<F: Real> {
    name: &'static str,
    sampler: Box<dyn Sampler<F>>,
    spaces: Vec<Space<F>>,
    random: bool,
    extensible: bool,
}

fn tridiagonal(d: usize) -> DMatrix<f64> {
    DMatrix::from_fn(d, d, |i, j| match i.abs_diff(j) {
        0 => 1.0,
        1 => 0.4,
        _ => 0.0,
    })
}

fn cases<F: Real>() -> Vec<Case<F>> {
    let masks = || vec![Space::masks(5), levels(true)];
    let reals = || {
        let space =
            numbers(&[(0.0, 1.0), (-3.0, 0.5), (10.0, 4.0), (0.0, 1.0), (2.0, 1.0)], &[0.0, -3.2, 25.0, -6.0, 2.0]);
        vec![space.clone(), space.with_noise(true)]
    };
    let any = || [masks(), reals()].concat();
    let every = || [any(), vec![mixed()]].concat();
    let case = |name, sampler: Box<dyn Sampler<F>>, spaces: Vec<Space<F>>, random, extensible| Case {
        name,
        sampler,
        spaces,
        random,
        extensible,
    };
    let own = sampler_fn(|generator, _: &Space<F>, z: &mut [F]| {
        z.fill_with(|| if generator.random_bool(0.8) { F::one() } else { F::zero() });
    });
    let boxed = |sampler: Box<dyn Sampler<F>>| sampler;
    vec![
        case("MonteCarlo", Box::new(MonteCarlo), every(), true, true),
        case("BernoulliMask", Box::new(BernoulliMask::new(0.3).unwrap()), masks(), true, true),
        case("BernoulliMask, fair", Box::<BernoulliMask>::default(), vec![Space::masks(70), levels(true)], true, true),
        case("RemovedCount", Box::new(RemovedCount), masks(), true, true),
        case("MaskSize", Box::new(MaskSize::new(|kept, _| (kept + 1) as f64)), masks(), true, true),
        case(
            "MaskSize::tilted",
            Box::new(MaskSize::tilted(|kept, d| (kept as f64 / d as f64).exp())),
            masks(),
            true,
            true,
        ),
        case("MaskPairs", Box::new(MaskPairs::new(SizeLaw::fair())), masks(), true, true),
        case("MaskPairs, corners", Box::new(MaskPairs::new(SizeLaw::fair()).with_corners()), masks(), true, true),
        case("MaskPairs, text", Box::new(MaskPairs::new(SizeLaw::removed_count())), masks(), true, true),
        case(
            "MaskPairs, own",
            Box::new(MaskPairs::new(SizeLaw::removed_count()).with_own_sizes()),
            masks(),
            true,
            true,
        ),
        case("LeaveOneOut", Box::new(LeaveOneOut), vec![Space::masks(600), Space::masks(5)], false, false),
        case("LeaveOneOut, noise", Box::new(LeaveOneOut), vec![levels(true)], true, false),
        case("Exhaustive", Box::new(Exhaustive::new()), vec![levels(false), Space::masks(9)], false, false),
        case("Exhaustive, count", Box::new(Exhaustive::removed_count()), vec![levels(false)], false, false),
        case(
            "Exhaustive, size",
            Box::new(Exhaustive::by_size(|kept, _| kept as f64)),
            vec![levels(false)],
            false,
            false,
        ),
        case("Gaussian", Box::new(Gaussian::new([1.0, 2.0, 0.1, 1e-3, 5.0]).unwrap()), reals(), true, true),
        case("Gaussian, mean", Box::new(Gaussian::new(2.0).unwrap().around(1.0).unwrap()), reals(), true, true),
        case("Gaussian, covariance", Box::new(Gaussian::with_covariance(tridiagonal(5)).unwrap()), reals(), true, true),
        case("Gaussian, law", Box::new(Gaussian::new(2.0).unwrap().around_law()), reals(), true, true),
        case("TruncatedGaussian", Box::new(TruncatedGaussian::new(2.0, -1.0, 3.0).unwrap()), reals(), true, true),
        case("GaussianCopula", Box::new(GaussianCopula::new(tridiagonal(5)).unwrap()), any(), true, true),
        case(
            "GaussianCopula, mixed",
            Box::new(GaussianCopula::new(tridiagonal(3)).unwrap()),
            vec![mixed()],
            true,
            true,
        ),
        case("Tilted", Box::<Tilted>::default(), every(), true, true),
        case("Tilted, narrow", Box::new(Tilted::new(0.4).unwrap()), every(), true, true),
        case("Antithetic", Box::new(Antithetic), every(), true, true),
        case("LatinHypercube", Box::<LatinHypercube>::default(), every(), true, false),
        case("LatinHypercube, centred", Box::new(LatinHypercube::default().centred()), every(), true, false),
        case("Sobol", Box::<Sobol>::default(), every(), true, true),
        case("Sobol, interleaved", Box::new(Sobol::interleaved(8).unwrap()), every(), true, true),
        case("Sobol, unscrambled", Box::new(Sobol::default().unscrambled()), every(), false, true),
        case("Halton", Box::<Halton>::default(), every(), true, true),
        case("Halton, unscrambled", Box::new(Halton::default().unscrambled()), every(), false, true),
        case("Coalitions", Box::new(Coalitions), vec![Space::masks(40), Space::masks(300)], true, false),
        case("Coalitions, complete", Box::new(Coalitions), vec![Space::masks(9), levels(false)], false, false),
        case("WithInstance", Box::new(WithInstance(Tilted::default())), every(), true, true),
        case("WithInstance, twice", Box::new(WithInstance(RemovedCount)), masks(), true, true),
        case("Mixed", Box::new(Mixed::new(Antithetic, 0.3, MonteCarlo).unwrap()), every(), true, true),
        case("Mixed, own", Box::new(Mixed::new(boxed(Box::new(RemovedCount)), 0.7, own).unwrap()), masks(), true, true),
        case(
            "Mixed, thrice",
            Box::new(Mixed::new(Mixed::new(MonteCarlo, 0.5, MonteCarlo).unwrap(), 0.9, RemovedCount).unwrap()),
            masks(),
            true,
            true,
        ),
        case("Deduplicated", Box::new(Deduplicated(MonteCarlo)), vec![Space::masks(10), Space::masks(70)], true, false),
        case("Distinct", Box::new(Distinct(MonteCarlo)), vec![Space::masks(70), Space::masks(200)], true, false),
        case("Deduplicated, own", Box::new(Deduplicated(boxed(Box::new(own)))), vec![Space::masks(9)], true, false),
        case(
            "Deduplicated, weights",
            Box::new(Deduplicated(WithInstance(Exhaustive::removed_count()))),
            vec![Space::masks(6)],
            false,
            false,
        ),
    ]
}

fn check_all<F: Real>() {
    for case in cases::<F>() {
        for (index, space) in case.spaces.iter().enumerate() {
            println!("{} in space {index}", case.name);
            assert_eq!(case.sampler.design(space, 700, 0).unwrap().extensible(), case.extensible);
            for rows in [700, 513] {
                check_ranges(case.sampler.as_ref(), space, rows);
                check_seeds(case.sampler.as_ref(), space, rows, case.random);
            }
            let draw = sample(case.sampler.as_ref(), space, 3000, 3);
            // Tilted numbers have weights that are 1 in the mean of many rows only.
            let allowed = if draw.weight.iter().all(|w| *w == F::one()) { 0.0 } else { 1e-2 };
            // Equal masks drawn once have the weights of all.
            let one = case.name.starts_with("Deduplicated") || (mean_weight(&draw) - 1.0).abs() <= allowed;
            assert!(one, "{}", mean_weight(&draw));
        }
    }
}

#[test]
fn every_sampler_keeps_its_promises_in_f64() {
    check_all::<f64>();
}

#[test]
fn every_sampler_keeps_its_promises_in_f32() {
    check_all::<f32>();
}

/// Masks come from words and not from numbers, so both precisions draw the same.
#[test]
fn masks_are_the_same_in_both_precisions() {
    for (a, b) in cases::<f64>().into_iter().zip(cases::<f32>()) {
        let masks = ["BernoulliMask", "BernoulliMask, fair", "RemovedCount", "MaskSize", "Tilted"];
        if !masks.contains(&a.name) {
            continue;
        }
        let (wide, narrow) = (Space::masks(70), Space::masks(70));
        let (wide, narrow) = (sample(&a.sampler, &wide, 300, 5), sample(&b.sampler, &narrow, 300, 5));
        assert!(wide.z.iter().zip(narrow.z.iter()).all(|(a, b)| *a == b.wide()), "{}", a.name);
        let (wide, narrow) = (sample(&a.sampler, &levels(true), 1000, 5), sample(&b.sampler, &levels(true), 1000, 5));
        assert!(wide.z.iter().zip(narrow.z.iter()).all(|(a, b)| *a == b.wide()), "{}", a.name);
        assert!(wide.noise.iter().zip(narrow.noise.iter()).all(|(a, b)| (a - b.wide()).abs() < 1e-6), "{}", a.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_ranges_give_the_same_rows(
        which in any::<prop::sample::Index>(),
        rows in 512usize..900,
        seed in any::<u64>(),
        cuts in prop::collection::vec(0usize..900, 0..6),
    ) {
        let cases = cases::<f64>();
        let case = which.get(&cases);
        for space in &case.spaces {
            let design = case.sampler.design(space, rows, seed).unwrap();
            let whole = bits(&support::all(design.as_ref(), space));
            prop_assert_eq!(pieces(design.as_ref(), space, &cuts), whole, "{}", case.name);
        }
    }
}
