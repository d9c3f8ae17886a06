//! Errors by leaving groups out: against the definition, and coverage of the limit.

use lime_core::{
    Direct, Evidence, Explainer, Fitting, Grouped, Moments, Rows, Space, Stream, Surrogate, model_fn, nalgebra::DMatrix,
};
use lime_kernels::Radial;
use lime_samplers::{Exhaustive, MonteCarlo, Sobol};
use lime_surrogates::selection::NoSelection;
use lime_surrogates::{Hc3, Jackknife, Ridge};

fn uniforms(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, columns);
    Stream::new(seed).words(0..rows, 0..columns, |j, at, words| {
        for (i, &word) in at.zip(words) {
            matrix[(i, j)] = f64::from(word) / 4_294_967_296.0;
        }
    });
    matrix
}

/// Against fits to the rows themselves, each group left out, whatever tiles the rows came in.
#[test]
fn errors_are_those_of_the_definition() {
    let (n, d, groups) = (300, 4, 7);
    let z = uniforms(n, d, 1).map(|u| f64::from(u8::from(u < 0.5)));
    let (noise, weight) = (uniforms(n, 1, 2), uniforms(n, 1, 3));
    let y = DMatrix::from_fn(n, 1, |i, _| z[(i, 0)] * 2.0 - z[(i, 1)] * z[(i, 2)] + 0.3 * noise[(i, 0)]);
    let clusters: Vec<usize> = (0..n).map(|i| i / 2).collect();
    let none = DMatrix::zeros(n, 0);
    let space = Space::masks(d);
    let surrogate = Jackknife::new(Ridge::new(0.5).unwrap()).groups(groups).unwrap();
    let mut evidence: Grouped<Moments> = Surrogate::<f64>::evidence(&surrogate, &space, &[1.0]);
    for (from, count) in [(0, 256), (256, 44)] {
        let mut tile: Grouped<Moments> = Surrogate::<f64>::evidence(&surrogate, &space, &[1.0]);
        let part = Rows::new(
            from,
            z.rows(from, count),
            none.rows(from, count),
            &weight.as_slice()[from..from + count],
            y.rows(from, count),
        );
        tile.absorb(&part.with_clusters(&clusters[from..from + count]));
        Evidence::<f64>::merge(&mut evidence, tile);
    }
    let active: Vec<usize> = (0..d).collect();
    let fit = &surrogate.fit(&Fitting::new(&space, &evidence), &active, &[0]).unwrap()[0];
    let errors = fit.uncertainty().unwrap();

    let without = |group: Option<usize>| {
        let kept: Vec<usize> = (0..n).filter(|&i| Some(clusters[i] % groups) != group).collect();
        let (z, y) = (z.select_rows(&kept), y.select_rows(&kept));
        let w = DMatrix::from_diagonal(&weight.select_rows(&kept).column(0).into_owned());
        let x = z.clone().insert_column(0, 1.0);
        let mut gram = x.transpose() * &w * &x;
        for j in 1..=d {
            gram[(j, j)] += 0.5;
        }
        gram.lu().solve(&(x.transpose() * w * y)).unwrap()
    };
    let all = without(None);
    let left: Vec<_> = (0..groups).map(|group| without(Some(group))).collect();
    for j in 0..d {
        assert!((fit.coefficients()[j].1 - all[1 + j]).abs() < 1e-10);
        let mean = left.iter().map(|b| b[1 + j]).sum::<f64>() / groups as f64;
        let squares: f64 = left.iter().map(|b| (b[1 + j] - mean).powi(2)).sum();
        let sd = (squares * (groups - 1) as f64 / groups as f64).sqrt();
        assert!((errors.deviations[j] - sd).abs() < 1e-9 * sd, "{j}: {} against {sd}", errors.deviations[j]);
        // The 0.975 quantile of Student's t with 6 degrees of freedom, from its tables.
        let [low, high] = errors.intervals[j];
        assert!(((high - low) / 2.0 / sd - 2.446_911_851).abs() < 1e-6);
    }
}

fn curved(z: &DMatrix<f64>) -> Vec<f64> {
    z.row_iter().map(|z| (z[0] + 2.0 * z[1] - z[2] + z[3] * z[4]).tanh() + 0.5 * z[0] * z[5]).collect()
}

fn masks(n: usize, seed: u64) -> lime_core::Explanation {
    let surrogate = Jackknife::new(Ridge::new(0.0).unwrap());
    let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, surrogate).samples(n).seed(seed);
    explainer.explain(&Direct::new(Space::<f64>::masks(6)), &model_fn(curved)).unwrap()
}

/// The nominal 95 % interval around the limit, which all 64 masks with their probabilities tell without error.
#[test]
fn the_interval_covers_the_limit_as_often_as_it_says() {
    let space = Direct::new(Space::<f64>::masks(6));
    let every = Explainer::new(Exhaustive::new(), Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
    let limit = every.explain(&space, &model_fn(curved)).unwrap().targets[0].dense(6);
    let (seeds, mut covered) = (300, 0);
    for seed in 0..seeds {
        for feature in &masks(256, seed).targets[0].features {
            let [low, high] = feature.interval.unwrap();
            covered += usize::from(low <= limit[feature.index] && limit[feature.index] <= high);
        }
    }
    let share = covered as f64 / (6 * seeds) as f64;
    println!("coverage {share:.4} of {} intervals", 6 * seeds);
    assert!((0.93..=0.97).contains(&share), "{share}");
}

#[test]
fn coefficients_are_those_without_errors_and_the_same_on_any_number_of_threads() {
    let space = Direct::new(Space::<f64>::masks(6));
    let plain = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::new(0.0).unwrap()).samples(1000);
    let plain = plain.seed(3).explain(&space, &model_fn(curved)).unwrap();
    let with = masks(1000, 3);
    assert_eq!(with.targets[0].dense(6), plain.targets[0].dense(6));
    let explainer =
        Explainer::new(MonteCarlo, Radial::default(), NoSelection, Jackknife::new(Ridge::new(0.0).unwrap()));
    for (threads, batch) in [(1, 7), (2, 300), (2, 1)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let explainer = explainer.clone().samples(1000).seed(3).batch_size(batch);
        assert_eq!(pool.install(|| explainer.explain_parallel(&space, &model_fn(curved))).unwrap(), with);
    }
}

/// Where every mask is there, or all points are of one scrambling, there are no groups to leave out.
#[test]
fn designs_without_independent_parts_have_no_errors() {
    let space = Direct::new(Space::<f64>::masks(6));
    let jackknife = Jackknife::new(Ridge::new(0.0).unwrap());
    let every = Explainer::new(Exhaustive::new(), Radial::default(), NoSelection, jackknife);
    let points = Explainer::new(Sobol::default(), Radial::default(), NoSelection, jackknife).samples(256);
    for explanation in [every.explain(&space, &model_fn(curved)), points.explain(&space, &model_fn(curved))] {
        let explanation = explanation.unwrap();
        assert!(explanation.targets[0].features.iter().all(|f| f.sd.is_none() && f.interval.is_none()));
        assert_eq!(explanation.targets[0].confidence, None);
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let jackknife = Jackknife::new(Ridge::new(0.0).unwrap());
    assert!(jackknife.groups(1).unwrap_err().to_string().contains("1 groups"));
    for confidence in [0.0, 1.0, f64::NAN, -1.0] {
        assert!(jackknife.confidence(confidence).is_err());
    }
}

/// HC3 against its formula with the intercept as a column, and how often its intervals hold the limit.
#[test]
fn hc3_is_the_formula_and_covers() {
    let (n, d, alpha) = (90, 3, 0.7);
    let z = uniforms(n, d, 1).map(|u| f64::from(u8::from(u < 0.5)));
    let (noise, weight) = (uniforms(n, 1, 2), uniforms(n, 1, 3));
    let y = DMatrix::from_fn(n, 1, |i, _| z[(i, 0)] * 2.0 - z[(i, 1)] * z[(i, 2)] + noise[(i, 0)] * (1.0 + z[(i, 2)]));
    let (none, space) = (DMatrix::zeros(n, 0), Space::masks(d));
    let surrogate = Hc3::new(Ridge::new(alpha).unwrap());
    let mut record = Surrogate::<f64>::evidence(&surrogate, &space, &[1.0]);
    record.absorb(&Rows::new(0, z.as_view(), none.as_view(), weight.as_slice(), y.as_view()));
    let fit = &surrogate.fit(&Fitting::new(&space, &record), &[0, 1, 2], &[0]).unwrap()[0];
    let errors = fit.uncertainty().unwrap();

    let x = z.clone().insert_column(0, 1.0);
    let w = DMatrix::from_diagonal(&weight.column(0).into_owned());
    let mut gram = x.transpose() * &w * &x;
    for j in 1..=d {
        gram[(j, j)] += alpha;
    }
    let inverse = gram.try_inverse().unwrap();
    let b = &inverse * x.transpose() * &w * &y;
    let mut meat = DMatrix::zeros(d + 1, d + 1);
    for i in 0..n {
        let row = x.row(i);
        let leverage = weight[i] * (row * &inverse * row.transpose())[0];
        let residual = y[i] - (row * &b)[0];
        meat += row.transpose() * row * (weight[i] * residual / (1.0 - leverage)).powi(2);
    }
    let variance = &inverse * meat * &inverse;
    for j in 0..d {
        let sd = variance[(1 + j, 1 + j)].sqrt();
        assert!((errors.deviations[j] - sd).abs() < 1e-10 * sd, "{j}: {} against {sd}", errors.deviations[j]);
        let [low, high] = errors.intervals[j];
        assert!(((high - low) / 2.0 / sd - 1.959_963_985).abs() < 1e-8);
    }

    let space = Direct::new(Space::<f64>::masks(6));
    let every = Explainer::new(Exhaustive::new(), Radial::default(), NoSelection, Ridge::new(0.0).unwrap());
    let limit = every.explain(&space, &model_fn(curved)).unwrap().targets[0].dense(6);
    let (seeds, mut covered) = (300, 0);
    for seed in 0..seeds {
        let explainer = Explainer::new(MonteCarlo, Radial::default(), NoSelection, Hc3::new(Ridge::new(0.0).unwrap()));
        let explanation = explainer.samples(256).seed(seed).explain(&space, &model_fn(curved)).unwrap();
        for feature in &explanation.targets[0].features {
            let [low, high] = feature.interval.unwrap();
            covered += usize::from(low <= limit[feature.index] && limit[feature.index] <= high);
        }
    }
    let share = f64::from(covered as u32) / (6 * seeds) as f64;
    println!("coverage {share:.4} of {} intervals", 6 * seeds);
    assert!((0.93..=0.97).contains(&share), "{share}");
}
