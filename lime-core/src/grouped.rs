//! Evidence by groups of rows, for errors estimated by leaving one group out.

use nalgebra::DMatrix;

use crate::{Evidence, Moments, Real, Rows};

/// Evidence of all rows, and of each of some groups of them by itself: what a delete-a-group jackknife needs, in one pass and with memory
/// that does not grow with the samples.
///
/// A row belongs to the group "its cluster modulo the number of groups", so that rows which are not independent
/// ([`Design::cluster`](crate::Design::cluster)) are never parted, and the groups do not depend on how many rows there will be.
///
/// ```
/// use lime_core::{Evidence, Grouped, Moments, Rows, nalgebra::{DMatrix, dmatrix}};
///
/// let (z, y, none) = (dmatrix![1.0; 0.0; 1.0; 1.0], dmatrix![3.0; 2.0; 4.0; 5.0], DMatrix::zeros(4, 0));
/// let mut evidence = Grouped::new(Moments::new(&[1.0], &[3.0]), 2);
/// evidence.absorb(&Rows::new(0, z.as_view(), none.as_view(), &[1.0; 4], y.as_view()));
/// assert_eq!(evidence.total().rows(), 4);
/// assert_eq!(evidence.groups()[1].answer_mean(0), 3.5);
/// // All but the first group.
/// let without: Vec<Moments> = evidence.leave_one_out::<f64>().collect();
/// assert_eq!(without[0].answer_mean(0), 3.5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Grouped<E> {
    total: E,
    groups: Vec<E>,
}

impl<E: Clone> Grouped<E> {
    /// Empty evidence for all rows and for `groups` groups, each like `empty`. At least one group.
    pub fn new(empty: E, groups: usize) -> Self {
        Self { groups: vec![empty.clone(); groups.max(1)], total: empty }
    }

    /// The evidence of all rows: the bits are those of evidence without groups.
    pub fn total(&self) -> &E {
        &self.total
    }

    /// The evidence of each group. Some may be empty.
    pub fn groups(&self) -> &[E] {
        &self.groups
    }

    /// For each group that has rows, the evidence of all others, merged in their order; nothing where there is only one.
    pub fn leave_one_out<F: Real>(&self) -> impl Iterator<Item = E> + '_
    where
        E: Evidence<F>,
    {
        let filled: Vec<&E> = self.groups.iter().filter(|group| group.moments().rows() > 0).collect();
        // Merged from the last group on, so that each is merged a number of times that does not grow with the groups.
        let mut after: Vec<Option<E>> = vec![None];
        for group in filled.iter().skip(1).rev() {
            let mut sum = (*group).clone();
            if let Some(Some(later)) = after.last() {
                sum.merge(later.clone());
            }
            after.push(Some(sum));
        }
        let mut before: Option<E> = None;
        filled.into_iter().filter_map(move |group| {
            let rest = match (before.clone(), after.pop().flatten()) {
                (Some(mut sum), Some(later)) => {
                    sum.merge(later);
                    Some(sum)
                }
                (sum, later) => sum.or(later),
            };
            match &mut before {
                Some(sum) => sum.merge(group.clone()),
                None => before = Some(group.clone()),
            }
            rest
        })
    }
}

impl<F: Real, E: Evidence<F> + Clone> Evidence<F> for Grouped<E> {
    fn absorb(&mut self, rows: &Rows<'_, F>) {
        self.total.absorb(rows);
        // The rows of a group one after the other, in their order.
        let (n, count) = (rows.weight.len(), self.groups.len());
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&row| rows.cluster(row) % count);
        let sorted = |from: nalgebra::DMatrixView<'_, F>| DMatrix::from_fn(n, from.ncols(), |i, j| from[(order[i], j)]);
        let (z, noise, answers) = (sorted(rows.z), sorted(rows.noise), sorted(rows.answers));
        let weight: Vec<F> = order.iter().map(|&row| rows.weight[row]).collect();
        let clusters: Vec<usize> = order.iter().map(|&row| rows.cluster(row)).collect();
        let mut from = 0;
        while from < n {
            let group = clusters[from] % count;
            let members = clusters[from..].iter().take_while(|&&cluster| cluster % count == group).count();
            let range = from..from + members;
            let part = Rows::new(
                rows.start + from,
                z.rows(from, members),
                noise.rows(from, members),
                &weight[range.clone()],
                answers.rows(from, members),
            );
            let part = part.with_instance_first(rows.instance_first && order[from] == 0);
            self.groups[group].absorb(&part.with_clusters(&clusters[range]));
            from += members;
        }
    }

    fn merge(&mut self, later: Self) {
        self.total.merge(later.total);
        for (mine, theirs) in self.groups.iter_mut().zip(later.groups) {
            mine.merge(theirs);
        }
    }

    fn moments(&self) -> &Moments {
        self.total.moments()
    }

    fn absorbs_in_place(&self) -> bool {
        self.total.absorbs_in_place()
    }
}
