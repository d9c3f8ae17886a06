//! Moments of masks whose law depends on their size only.

/// E[x_1 ... x_r] for r = 0, ..., `order`, of signs x = 2 z - 1 under a law of sizes (q of 0, ..., d) whose masks of one size are equally
/// likely; 0 beyond d. For a mask of k ones the mean m_r over the products of r signs has (2 k - d) m_r = r m_(r-1) + (d - r) m_(r+1).
pub(crate) fn sign_moments(sizes: &[f64], order: usize) -> Vec<f64> {
    let d = sizes.len().saturating_sub(1);
    let mut moments = vec![0.0; order + 1];
    for (kept, q) in sizes.iter().enumerate() {
        let sum = 2.0 * kept as f64 - d as f64;
        let (mut before, mut now) = (0.0, 1.0);
        for (r, moment) in moments.iter_mut().enumerate().take(d + 1) {
            *moment += q * now;
            let next = if r < d { (sum * now - r as f64 * before) / (d - r) as f64 } else { 0.0 };
            (before, now) = (now, next);
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use lime_core::SizeLaw;

    /// Over all masks.
    #[test]
    fn moments_are_those_of_enumeration() {
        for d in [1usize, 3, 6, 9] {
            let q = SizeLaw::fair().weighed_by_cosine(0.25).unwrap().probabilities(d).unwrap();
            let fair = SizeLaw::fair().probabilities(d).unwrap();
            let moments = sign_moments(&q, 5);
            for (r, moment) in moments.iter().enumerate() {
                let sum: f64 = (0..1usize << d)
                    .map(|mask| {
                        let kept = mask.count_ones() as usize;
                        let product: f64 = (0..r).map(|j| if mask >> j & 1 == 1 { 1.0 } else { -1.0 }).product();
                        q[kept] / fair[kept] / (1u64 << d) as f64 * product
                    })
                    .sum();
                let expected = if r <= d { sum } else { 0.0 };
                assert!((moment - expected).abs() < 1e-12, "{d} {r}: {moment} {expected}");
            }
        }
    }
}
