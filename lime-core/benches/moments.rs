//! What it costs to absorb 5000 rows into moments, beside the bare matrix product of that shape by matrixmultiply and by
//! nalgebra's `tr_mul`.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lime_core::nalgebra::DMatrix;
use lime_core::{Moments, Real, Rows, Stream, TILE};

fn uniforms(rows: usize, columns: usize) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, columns);
    Stream::new(1).words(0..rows, 0..columns, |j, at, words| {
        for (i, &word) in at.zip(words) {
            matrix[(i, j)] = f64::unit(word);
        }
    });
    matrix
}

fn absorb(c: &mut Criterion) {
    let mut group = c.benchmark_group("moments");
    for d in [10, 30, 100, 300] {
        let tiles = 20;
        let (z, y, none) = (uniforms(TILE, d), uniforms(TILE, 1), DMatrix::zeros(TILE, 0));
        let weight = vec![0.5; TILE];
        let origin = vec![0.5; d];
        group.throughput(Throughput::Elements((tiles * TILE) as u64));
        group.bench_function(BenchmarkId::new("absorb", d), |b| {
            b.iter(|| {
                let mut moments = Moments::new(&origin, &[0.0]);
                for start in (0..tiles).map(|tile| tile * TILE) {
                    moments.absorb(&Rows::new(start, z.as_view(), none.as_view(), &weight, y.as_view()));
                }
                black_box(moments)
            });
        });
        let (left, right) = (uniforms(TILE, d + 1).transpose(), uniforms(TILE, d + 2));
        group.bench_function(BenchmarkId::new("matrixmultiply", d), |b| {
            let mut product = DMatrix::zeros(d + 1, d + 2);
            b.iter(|| {
                for _ in 0..tiles {
                    // nalgebra's gemm of two plain matrices is matrixmultiply's.
                    product.gemm(1.0, &left, &right, 1.0);
                }
                black_box(product[(0, 0)])
            });
        });
        let tall = left.transpose();
        group.bench_function(BenchmarkId::new("tr_mul", d), |b| {
            b.iter(|| {
                for _ in 0..tiles {
                    black_box(tall.tr_mul(&right));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, absorb);
criterion_main!(benches);
