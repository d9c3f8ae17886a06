//! Moments of masks whose law depends on their size only.

/// E[x_1 ... x_r] for r = 0, ..., `order`, of signs x = 2 z - 1 under a law of sizes (q of 0, ..., d) whose masks of one size are equally
/// likely; 0 beyond d. For a mask of k ones the mean m_r over the products of r signs has (2 k - d) m_r = r m_(r-1) + (d - r) m_(r+1), which
/// loses nothing up to r = d / 2 and all beyond; there m_(d-r) = (-1)^(d-k) m_r.
pub(crate) fn sign_moments(sizes: &[f64], order: usize) -> Vec<f64> {
    let d = sizes.len().saturating_sub(1);
    let mut moments = vec![0.0; order + 1];
    for (kept, q) in sizes.iter().enumerate() {
        let sum = 2.0 * kept as f64 - d as f64;
        let (mut before, mut now) = (0.0, 1.0);
        let mirrored = if (d - kept).is_multiple_of(2) { 1.0 } else { -1.0 };
        for r in 0..=d / 2 {
            if let Some(moment) = moments.get_mut(r) {
                *moment += q * now;
            }
            if d - r > r
                && let Some(moment) = moments.get_mut(d - r)
            {
                *moment += q * mirrored * now;
            }
            let next = if r < d { (sum * now - r as f64 * before) / (d - r) as f64 } else { 0.0 };
            (before, now) = (now, next);
        }
    }
    moments
}

/// Expectations of products of one factor a feature under a law of sizes (q of 0, ..., d) whose masks of one size are equally likely.
#[derive(Debug)]
pub(crate) struct ProductMoments<'a> {
    sizes: &'a [f64],
    /// For each number j of features, the first ones, and each size k <= j, the mean of their factors' product over masks of that size.
    means: Vec<Vec<f64>>,
    /// By size, what the mean over the masks of the first features is multiplied by in the end.
    rest: Vec<f64>,
}

impl<'a> ProductMoments<'a> {
    pub(crate) fn new(sizes: &'a [f64]) -> Self {
        let means = (0..sizes.len()).map(|features| vec![1.0; features + 1]).collect();
        Self { sizes, means, rest: Vec::new() }
    }

    /// E f, and E[x_j f] for each j, of f(x) = prod_j (1 + c_j x_j) with signs x and |c_j| <= 1: O(d^2) additions of numbers that are not
    /// negative. The means go from feature to feature; the slopes by the chain rule back.
    pub(crate) fn of(&mut self, slopes: &[f64]) -> (f64, Vec<f64>) {
        for (before, c) in slopes.iter().enumerate() {
            let (first, second) = self.means.split_at_mut(before + 1);
            let (from, to, features) = (&first[before], &mut second[0], (before + 1) as f64);
            let (kept, gone) = ((1.0 + c) / features, (1.0 - c) / features);
            to.fill(0.0);
            for (k, mean) in from.iter().enumerate() {
                to[k] += gone * (before + 1 - k) as f64 * mean;
                to[k + 1] += kept * (k + 1) as f64 * mean;
            }
        }
        let whole = self.sizes.iter().zip(&self.means[slopes.len()]).map(|(q, mean)| q * mean).sum();
        self.rest.clear();
        self.rest.extend_from_slice(self.sizes);
        let mut with_sign = vec![0.0; slopes.len()];
        for (before, (c, with_sign)) in slopes.iter().zip(&mut with_sign).enumerate().rev() {
            let features = (before + 1) as f64;
            let (kept, gone) = ((1.0 + c) / features, (1.0 - c) / features);
            for (k, mean) in self.means[before].iter().enumerate() {
                let with = kept * (k + 1) as f64 * self.rest[k + 1];
                let without = gone * (before + 1 - k) as f64 * self.rest[k];
                *with_sign += mean * (with - without);
                self.rest[k] = with + without;
            }
        }
        (whole, with_sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lime_core::SizeLaw;

    /// Over all masks.
    #[test]
    fn products_are_those_of_enumeration() {
        let d = 7;
        let fair = SizeLaw::fair().probabilities(d).unwrap();
        let q = SizeLaw::removed_count().weighed_by_cosine(0.25).unwrap().probabilities(d).unwrap();
        let mut products = ProductMoments::new(&q);
        for slopes in [[0.3, -0.9, 0.0, 1.0, -1.0, 0.5, 0.98], [0.1, -0.1, 0.2, -0.2, 0.7, 0.0, 0.0]] {
            let (whole, with_sign) = products.of(&slopes);
            let mut expected = vec![0.0; d + 1];
            for mask in 0..1usize << d {
                let sign = |j: usize| if mask >> j & 1 == 1 { 1.0 } else { -1.0 };
                let kept = mask.count_ones() as usize;
                let product: f64 = slopes.iter().enumerate().map(|(j, c)| 1.0 + c * sign(j)).product();
                let share = q[kept] / fair[kept] / (1u64 << d) as f64 * product;
                expected[d] += share;
                (0..d).for_each(|j| expected[j] += share * sign(j));
            }
            for (found, expected) in with_sign.iter().chain([&whole]).zip(&expected) {
                assert!((found - expected).abs() < 1e-14, "{found} {expected}");
            }
        }
    }

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

    /// Fair coins are independent: the product of any of them is 0 in the mean. And all masks full, or none.
    #[test]
    fn moments_of_many_features() {
        for d in [101usize, 240, 443] {
            let fair = sign_moments(&SizeLaw::fair().probabilities(d).unwrap(), d + 1);
            assert!(fair[1..].iter().all(|moment| moment.abs() < 1e-12), "{d}: {fair:?}");
            for kept in [0, d] {
                let one: Vec<f64> = (0..=d).map(|size| if size == kept { 1.0 } else { 0.0 }).collect();
                for (r, moment) in sign_moments(&one, d).iter().enumerate() {
                    let expected = if kept == 0 && r % 2 == 1 { -1.0 } else { 1.0 };
                    assert!((moment - expected).abs() < 1e-12, "{d} {kept} {r}: {moment}");
                }
            }
        }
    }
}
