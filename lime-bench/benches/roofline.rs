//! What bounds each stage of an explanation: `cargo xtask roofline` runs this and prints stage over bound.
//!
//! A stage is timed through the traits, on some blocks of the size that the explainer works on, in turn: throughput counts
//! perturbations, by which times are made those of an explanation. Beside it stands what this machine
//! takes for the least that the stage has to do: random words from ChaCha8, a copy of the bytes, the product as nalgebra's
//! `gemm`, Cholesky as nalgebra has it.
#![allow(clippy::panic, missing_docs)]

mod support;

use std::hint::black_box;
use std::ops::Range;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::nalgebra::{Cholesky, DMatrix, DVector};
use lime_core::{
    Block, Draw, Explainer, First, Fitting, Kernel, Model, Moments, Origin, Representation, Rows, Sampler, Selector,
    Surrogate, TILE,
};
use lime_image::{ImageBatch, Superpixels};
use lime_kernels::Radial;
use lime_samplers::{MonteCarlo, RemovedCount};
use lime_surrogates::Ridge;
use lime_surrogates::selection::{Auto, NoSelection};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use support::{SEED, document, of_pictures, of_rows, of_texts, ok, picture, row};

/// An explanation to take apart. The surrogate is ridge.
struct Work<'a, R: Representation<f64>, S, K, L> {
    name: &'a str,
    representation: &'a R,
    sampler: S,
    kernel: K,
    selector: L,
    samples: usize,
    batch_size: usize,
    /// Random words a sample takes; of a text's features half a word each.
    words: usize,
}

/// A block's samples in both spaces, and their weights and answers.
struct Piece {
    rows: Range<usize>,
    draw: Draw<f64>,
    weights: Vec<f64>,
    answers: DMatrix<f64>,
}

impl<R, S, K, L> Work<'_, R, S, K, L>
where
    R: Representation<f64>,
    S: Sampler<f64>,
    K: Kernel<f64, R::Batch>,
    L: Selector<f64, Moments>,
{
    /// Blocks of `size` samples: few enough to stay in a cache, as the one block of an explanation does, and no two the same.
    fn pieces(&self, size: usize, model: &impl Model<R::Batch, f64>) -> Vec<Piece> {
        let (space, representation) = (self.representation.space(), self.representation);
        let design = ok(self.sampler.design(space, self.samples, SEED));
        let mut instance = representation.allocate(1);
        ok(representation.instance(&mut instance, 0));
        let origin = Origin::new(space.origin(), &instance);
        let piece = |rows: Range<usize>| {
            let mut draw = Draw::new(space, rows.len());
            design.fill(rows.clone(), &mut draw);
            let mut batch = representation.allocate(rows.len());
            ok(representation.restore(&draw, &mut batch, 0));
            let mut weights = vec![0.0; rows.len()];
            let block = Block::new(&draw, &batch, 0);
            ok(ok(self.kernel.at(origin, First::new(block))).weigh(block, &mut weights));
            let answers = ok(model.predict(&batch));
            Piece { rows, draw, weights, answers }
        };
        (1..=2.max(60 / size)).map(|block| piece(block * size..(block + 1) * size)).collect()
    }

    /// Times the stages and what bounds them. `copied` copies as many bytes as the stage "write" writes for a block, which is
    /// counted from 0.
    fn measure(self, c: &mut Criterion, model: &impl Model<R::Batch, f64>, mut copied: impl FnMut(usize)) {
        let mut group = support::group(c, &format!("roofline/{}", self.name), 100);
        let (representation, space) = (self.representation, self.representation.space());
        let (d, size) = (space.features(), self.batch_size);

        group.throughput(Throughput::Elements(self.samples as u64));
        let explainer = Explainer::new(&self.sampler, &self.kernel, &self.selector, Ridge::default());
        let explainer = explainer.samples(self.samples).batch_size(size).seed(SEED);
        time(&mut group, "explain", || drop(black_box(ok(explainer.explain(representation, model)))));

        let pieces = self.pieces(size, model);
        let rows = pieces.len() * size;
        group.throughput(Throughput::Elements(rows as u64));
        let design = ok(self.sampler.design(space, self.samples, SEED));
        let mut draw = pieces[0].draw.clone();
        time(&mut group, "draw", || {
            for piece in &pieces {
                draw.reset(size);
                design.fill(piece.rows.clone(), &mut draw);
                black_box(&draw);
            }
        });
        let mut generator = ChaCha8Rng::seed_from_u64(SEED);
        let mut words = vec![0; 4 * TILE];
        bound(&mut group, "draw", "ChaCha8", || {
            let all = 4 * rows * self.words;
            for start in (0..all).step_by(words.len()) {
                let count = words.len().min(all - start);
                generator.fill_bytes(&mut words[..count]);
            }
            black_box(&mut words);
        });
        let values = size * (draw.z.ncols() + draw.noise.ncols());
        let (from, mut to) = (vec![1.0; values], vec![0.0; values]);
        let mut copy = |values: usize| {
            for _ in &pieces {
                to[..values].copy_from_slice(black_box(&from[..values]));
                black_box(&mut to);
            }
        };
        bound(&mut group, "draw", "copy", || copy(values));

        let mut batch = representation.allocate(size);
        time(&mut group, "write", || {
            for piece in &pieces {
                ok(representation.restore(&piece.draw, &mut batch, 0));
                black_box(&mut batch);
            }
        });
        bound(&mut group, "write", "copy", || (0..pieces.len()).for_each(&mut copied));

        let mut instance = representation.allocate(1);
        ok(representation.instance(&mut instance, 0));
        let first = First::new(Block::new(&pieces[0].draw, &batch, 0));
        let similarity = ok(self.kernel.at(Origin::new(space.origin(), &instance), first));
        let mut weights = vec![0.0; size];
        time(&mut group, "weigh", || {
            for piece in &pieces {
                ok(similarity.weigh(Block::new(&piece.draw, &batch, 0), &mut weights));
                black_box(&mut weights);
            }
        });
        bound(&mut group, "weigh", "copy", || copy(size * d));
        let distances: Vec<f64> = (0..rows).map(|i| i as f64 / rows as f64).collect();
        let mut profile = distances.clone();
        bound(&mut group, "weigh", "exp", || {
            for (profile, distance) in profile.iter_mut().zip(black_box(&distances)) {
                *profile = (-distance).exp();
            }
            black_box(&mut profile);
        });

        // However large the batches are, evidence takes in tiles.
        let tiles = self.pieces(TILE, model);
        group.throughput(Throughput::Elements((tiles.len() * TILE) as u64));
        let prediction = [tiles[0].answers[(0, 0)]];
        let mut evidence = Surrogate::<f64>::evidence(&Ridge::default(), space, &prediction);
        time(&mut group, "products", || {
            for Piece { rows, draw, weights, answers } in &tiles {
                let (z, noise) = (draw.z.as_view(), draw.noise.as_view());
                evidence.absorb(&Rows::new(rows.start, z, noise, weights, answers.as_view()));
            }
        });
        let left = DMatrix::from_fn(1 + d, TILE, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
        let (right, mut product) = (DMatrix::from_element(TILE, 2 + d, 0.5), DMatrix::zeros(1 + d, 2 + d));
        bound(&mut group, "products", "gemm", || {
            for _ in &tiles {
                product.gemm(1.0, black_box(&left), &right, 0.5);
                black_box(&mut product);
            }
        });

        group.throughput(Throughput::Elements(self.samples as u64));
        let fitting = Fitting::new(space, &evidence);
        time(&mut group, "solve", || {
            let features = ok(self.selector.select(&fitting, 0));
            drop(black_box(ok(Ridge::default().fit(&fitting, &features, &[0]))));
        });
        let all: Vec<usize> = (0..d).collect();
        let (mut gram, cross) = (evidence.scatter_matrix(&all), DVector::from_fn(d, |j, _| evidence.cross(j, 0)));
        for j in 0..d {
            gram[(j, j)] += 1.0;
        }
        bound(&mut group, "solve", "Cholesky", || {
            drop(black_box(Cholesky::new(gram.clone()).map(|factor| factor.solve(&cross))));
        });
        group.finish();
    }
}

fn time(group: &mut BenchmarkGroup<'_, WallTime>, stage: &str, mut run: impl FnMut()) {
    group.bench_function(BenchmarkId::new(stage, "time"), |b| b.iter(&mut run));
}

fn bound(group: &mut BenchmarkGroup<'_, WallTime>, stage: &str, what: &str, mut run: impl FnMut()) {
    group.bench_function(BenchmarkId::new(stage, format!("bound, {what}")), |b| b.iter(&mut run));
}

fn tables(c: &mut Criterion) {
    let model = of_rows(1);
    for (name, bins) in [("quartile", true), ("gaussian", false)] {
        let row = row(30, bins);
        let work = Work {
            name,
            representation: &row,
            sampler: MonteCarlo,
            kernel: Radial::default(),
            selector: NoSelection,
            samples: 5_000,
            batch_size: TILE,
            words: 30,
        };
        let (from, mut to) = (vec![1.0; 30 * TILE], vec![0.0; 30 * TILE]);
        work.measure(c, &model, |_| {
            to.copy_from_slice(black_box(&from));
            black_box(&mut to);
        });
    }
}

fn text(c: &mut Criterion) {
    let document = document(400, 240, false);
    let work = Work {
        name: "text",
        representation: &document,
        sampler: RemovedCount,
        kernel: Radial::for_text(),
        selector: Auto::default(),
        samples: 5_000,
        batch_size: TILE,
        words: 121,
    };
    // The texts of each block, to be copied as they are.
    let model = of_texts();
    let texts = |piece: &Piece| {
        let mut texts = document.allocate(TILE);
        ok(document.restore(&piece.draw, &mut texts, 0));
        texts
    };
    let texts: Vec<Vec<String>> = work.pieces(TILE, &model).iter().map(texts).collect();
    let mut to = document.allocate(TILE);
    work.measure(c, &model, |block| {
        for (to, from) in to.iter_mut().zip(&texts[block]) {
            to.clone_from(black_box(from));
        }
        black_box(&mut to);
    });
}

fn image(c: &mut Criterion) {
    let picture: Superpixels<f64, u8> = picture(299, 8, 7);
    let (batch_size, model) = (10, of_pictures::<f64, u8>());
    let work = Work {
        name: "image",
        representation: &picture,
        sampler: MonteCarlo,
        kernel: Radial::for_images(),
        selector: NoSelection,
        samples: 1_000,
        batch_size,
        words: 56,
    };
    // Of each picture the cache lines in which it differs from the one that stands there before, in the block before or the last:
    // as many, now from the start and now from the end, since a batch is larger than a cache.
    let (pieces, labels) = (work.pieces(batch_size, &model), picture.segments().labels());
    let differ = |block: usize, row: usize| {
        let (new, old) = (&pieces[block].draw.z, &pieces[(block + pieces.len() - 1) % pieces.len()].draw.z);
        let differs = |byte: usize| {
            let superpixel = labels[byte / 3] as usize;
            new[(row, superpixel)] != old[(row, superpixel)]
        };
        let size = picture.shown().len();
        (0..size).step_by(LINE).filter(|&start| (start..size.min(start + LINE)).any(differs)).count() * LINE
    };
    let rows = |block| (0..batch_size).map(|row| differ(block, row).min(picture.shown().len())).collect();
    let bytes: Vec<Vec<usize>> = (0..pieces.len()).map(rows).collect();
    let mut to: ImageBatch<u8> = picture.allocate(batch_size);
    work.measure(c, &model, |block| {
        for (at, &bytes) in bytes[block].iter().enumerate() {
            let start = if block % 2 == 0 { 0 } else { picture.shown().len() - bytes };
            to.image_mut(at)[start..start + bytes].copy_from_slice(black_box(&picture.shown()[start..start + bytes]));
        }
        black_box(&mut to);
    });
}

/// Bytes of a cache line.
const LINE: usize = 64;

criterion_group!(benches, tables, text, image);
criterion_main!(benches);
