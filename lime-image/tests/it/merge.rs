//! Merging against a search of all pairs.

use std::collections::BTreeSet;

use lime_image::{AtMost, Error, Grid, Image, Segmenter, Segments, Slic};
use proptest::prelude::*;

/// Joins the pair of neighbours that adds least to the sum of squares, all of them computed anew from the pixels each time.
fn by_search(image: &Image, labels: &[i64], at_most: usize) -> Vec<i64> {
    let (width, channels) = (image.width(), image.channels());
    let mut labels = labels.to_vec();
    while labels.iter().collect::<BTreeSet<_>>().len() > at_most {
        let mean = |label: i64| -> (f64, Vec<f64>) {
            let pixels: Vec<usize> = (0..labels.len()).filter(|&pixel| labels[pixel] == label).collect();
            let n = pixels.len() as f64;
            let sum = |channel: usize| -> f64 {
                pixels.iter().map(|&pixel| f64::from(image.values()[pixel * channels + channel])).sum()
            };
            (n, (0..channels).map(|channel| sum(channel) / n).collect())
        };
        let mut pairs = BTreeSet::new();
        for pixel in 0..labels.len() {
            for next in [(pixel % width + 1 < width).then_some(pixel + 1), Some(pixel + width)].into_iter().flatten() {
                if next < labels.len() && labels[next] != labels[pixel] {
                    pairs.insert((labels[pixel].min(labels[next]), labels[pixel].max(labels[next])));
                }
            }
        }
        let mut best = (f64::INFINITY, (0, 0));
        for &(a, b) in &pairs {
            let ((m, x), (n, y)) = (mean(a), mean(b));
            let cost = m * n / (m + n) * x.iter().zip(&y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>();
            // In ascending order: the first of equals stays.
            if cost < best.0 {
                best = (cost, (a, b));
            }
        }
        let (a, b) = best.1;
        labels.iter_mut().filter(|label| **label == b).for_each(|label| *label = a);
    }
    labels
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Small whole numbers: sums are exact in any order, and ties are frequent.
    #[test]
    fn merging_is_the_search_of_all_pairs(
        height in 1_usize..7,
        width in 1_usize..7,
        two in any::<bool>(),
        values in prop::collection::vec(0_u8..6, 72),
        ids in prop::collection::vec(-3_i64..9, 36),
        at_most in 1_usize..8,
    ) {
        let (pixels, channels) = (height * width, 1 + usize::from(two));
        let values = values[..pixels * channels].iter().map(|&value| f32::from(value)).collect();
        let image = Image::from_f32(height, width, channels, values).unwrap();
        let segments = Segments::new(height, width, &ids[..pixels]).unwrap();
        let merged = segments.merged(&image, at_most).unwrap();
        let found: Vec<i64> = merged.labels().iter().map(|&label| merged.ids()[label as usize]).collect();
        prop_assert_eq!(found, by_search(&image, &ids[..pixels], at_most));
        prop_assert_eq!(merged.count(), segments.count().min(at_most));
    }
}

#[test]
fn as_many_as_there_are_changes_nothing() {
    let image = Image::from_u8(2, 3, 3, &[7; 18]).unwrap();
    let segments = Segments::new(2, 3, &[5, 5, 9, -1, 9, 9]).unwrap();
    for at_most in [3, 4, usize::MAX] {
        assert_eq!(segments.merged(&image, at_most).unwrap(), segments);
    }
    let one = segments.merged(&image, 1).unwrap();
    assert_eq!((one.labels(), one.ids()), (&[0; 6][..], &[-1][..]));
}

/// Two yellows are 60 apart in blue and two dark blues 20; in Lab their squared distances are 86.6 and 278.4 (scikit-image
/// 0.26.0's `rgb2lab`).
#[test]
fn three_channels_are_compared_in_lab() {
    let segments = Segments::new(1, 4, &[0, 1, 2, 3]).unwrap();
    let colours = [[0, 0, 40], [0, 0, 60], [255, 255, 0], [255, 255, 60]];
    let three = Image::from_u8(1, 4, 3, &colours.concat()).unwrap();
    assert_eq!(segments.merged(&three, 3).unwrap().labels(), [0, 1, 2, 2]);
    let four = Image::from_u8(1, 4, 4, &colours.map(|[r, g, b]| [r, g, b, 0]).concat()).unwrap();
    assert_eq!(segments.merged(&four, 3).unwrap().labels(), [0, 0, 1, 2]);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let segments = Segments::new(1, 2, &[0, 1]).unwrap();
    let image = Image::from_u8(1, 2, 1, &[0, 1]).unwrap();
    assert!(matches!(segments.merged(&image, 0), Err(Error::Parameter { component: "merging", .. })));
    assert!(matches!(AtMost::new(Grid::default(), 0), Err(Error::Parameter { component: "merging", .. })));
    let other = Image::from_u8(2, 1, 1, &[0, 1]).unwrap();
    assert!(matches!(segments.merged(&other, 1), Err(Error::SegmentsSize { .. })));
    assert!(matches!(segments.merged(&other, 9), Err(Error::SegmentsSize { .. })));
}

#[test]
fn any_segmenter_gives_at_most_so_many() {
    let values: Vec<u8> = (0..30 * 40 * 3).map(|i| (i * i % 251) as u8).collect();
    let image = Image::from_u8(30, 40, 3, &values).unwrap();
    let segmenter = AtMost::new(Slic::new(60).unwrap(), 7).unwrap();
    let segments = segmenter.segment(&image).unwrap();
    assert_eq!(segments.count(), 7);
    assert_eq!(segmenter.segment(&image).unwrap(), segments);
}
