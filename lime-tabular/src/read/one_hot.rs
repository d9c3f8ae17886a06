//! Columns of 0 and 1 that are one category between them.

use std::collections::BTreeMap;

use nalgebra::DMatrix;

use crate::OneHot;

/// What ends the part of a name that the columns of a group have in common.
const SEPARATORS: [char; 6] = ['_', '=', '.', ':', '-', ' '];

/// Finds groups of one-hot columns in rows seen once, block by block.
///
/// Candidates are columns that hold 0 and 1 only, both of them somewhere, and no missing cell. A group is two candidates or
/// more of which exactly one is 1 in every row. Groups are sought among columns whose names agree up to one of `_ = . : -` or
/// a space, shorter beginnings first ("color" in "color_red", "color_dark_blue"); then, among columns not in a group yet, in
/// runs of columns side by side, a group of which is called by its columns' names.
///
/// Memory is 1 bit for a pair of candidates and the work for a row (ones in the row) * candidates / 64, so at most
/// [`Self::LIMIT`] columns are watched: the first ones that could be candidates after the first block.
///
/// ```
/// use lime_tabular::OneHotDetector;
/// let mut detector = OneHotDetector::new(["age", "color_red", "color_blue", "member"]);
/// detector.absorb(&[&[31.0, 44.0, 25.0], &[1.0, 0.0, 0.0], &[0.0, 1.0, 1.0], &[1.0, 1.0, 0.0]]);
/// let groups = detector.groups();
/// assert_eq!((groups.len(), groups[0].name.as_str()), (1, "color"));
/// assert_eq!(groups[0].levels, ["red", "blue"]);
/// ```
#[derive(Debug, Clone)]
pub struct OneHotDetector {
    names: Vec<String>,
    /// The columns watched, by position.
    watched: Option<Vec<Watched>>,
    /// For each watched column, a bit for each watched column that was 1 in a row with it.
    together: Vec<Vec<u64>>,
    rows: u64,
}

/// A column that may be one of a group.
#[derive(Debug, Clone)]
struct Watched {
    column: usize,
    ones: u64,
    candidate: bool,
}

impl OneHotDetector {
    /// How many columns are watched at most.
    pub const LIMIT: usize = 4096;

    /// A detector for columns of these names.
    pub fn new<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { names, watched: None, together: Vec::new(), rows: 0 }
    }

    /// The groups of a matrix, (rows, columns).
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_tabular::OneHotDetector;
    /// let rows = dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 0.0];
    /// assert_eq!(OneHotDetector::detect(["red", "blue"], &rows)[0].name, "red|blue");
    /// ```
    pub fn detect<T: Into<String>>(names: impl IntoIterator<Item = T>, rows: &DMatrix<f64>) -> Vec<OneHot> {
        let columns: Vec<&[f64]> = match rows.nrows() {
            0 => Vec::new(),
            height => rows.as_slice().chunks(height).collect(),
        };
        let mut detector = Self::new(names);
        detector.absorb(&columns);
        detector.groups()
    }

    /// Looks at a block of rows, given by columns in the order of the names. Columns that are not given are no candidates.
    pub fn absorb<C: AsRef<[f64]>>(&mut self, columns: &[C]) {
        let column = |j: usize| columns.get(j).map_or(&[][..], AsRef::as_ref);
        let binary = |j: usize| !column(j).is_empty() && column(j).iter().all(|&v| v == 0.0 || v == 1.0);
        let Some(rows) = columns.iter().map(|c| c.as_ref().len()).max().filter(|rows| *rows > 0) else { return };
        let watched = self.watched.get_or_insert_with(|| {
            let first = (0..self.names.len()).filter(|&j| binary(j)).take(Self::LIMIT);
            first.map(|column| Watched { column, ones: 0, candidate: true }).collect()
        });
        let words = watched.len().div_ceil(64);
        if self.together.is_empty() {
            self.together = vec![vec![0; words]; watched.len()];
        }
        for one in watched.iter_mut() {
            one.candidate &= column(one.column).len() == rows && binary(one.column);
        }
        let mut ones = vec![0u64; words * rows];
        for (i, one) in watched.iter_mut().enumerate().filter(|(_, one)| one.candidate) {
            for (row, &value) in ones.chunks_exact_mut(words).zip(column(one.column)) {
                if value == 1.0 {
                    row[i / 64] |= 1 << (i % 64);
                    one.ones += 1;
                }
            }
        }
        for row in ones.chunks_exact(words.max(1)) {
            for (w, &word) in row.iter().enumerate() {
                let mut left = word;
                while left != 0 {
                    let i = w * 64 + left.trailing_zeros() as usize;
                    left &= left - 1;
                    for (seen, now) in self.together[i].iter_mut().zip(row) {
                        *seen |= now;
                    }
                }
            }
        }
        self.rows += rows as u64;
    }

    /// The groups in the rows seen so far, in the order of their first columns.
    pub fn groups(&self) -> Vec<OneHot> {
        let Some(watched) = &self.watched else { return Vec::new() };
        let proper = |one: &Watched| one.candidate && one.ones > 0 && one.ones < self.rows;
        let mut free: Vec<usize> = (0..watched.len()).filter(|&i| proper(&watched[i])).collect();
        let name = |i: usize| self.names[watched[i].column].as_str();
        let disjoint = |i: usize, j: usize| self.together[i][j / 64] >> (j % 64) & 1 == 0;

        let mut by_beginning: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for &i in &free {
            for (end, _) in name(i).char_indices().filter(|(at, c)| *at > 0 && SEPARATORS.contains(c)) {
                by_beginning.entry((end, &name(i)[..end])).or_default().push(i);
            }
        }
        let mut found: Vec<(usize, OneHot)> = Vec::new();
        let mut take = |label: String, members: &[usize], free: &mut Vec<usize>| {
            free.retain(|i| !members.contains(i));
            found.push((watched[members[0]].column, OneHot::new(label, members.iter().map(|&i| name(i)))));
        };
        for ((_, beginning), members) in &by_beginning {
            let members: Vec<usize> = members.iter().copied().filter(|i| free.contains(i)).collect();
            let total: u64 = members.iter().map(|&i| watched[i].ones).sum();
            let one_each = members.iter().enumerate().all(|(k, &i)| members[..k].iter().all(|&j| disjoint(i, j)));
            if members.len() > 1 && total == self.rows && one_each {
                take((*beginning).to_string(), &members, &mut free);
            }
        }
        let mut start = 0;
        while start < free.len() {
            let mut run = vec![free[start]];
            let mut total = watched[free[start]].ones;
            for &next in &free[start + 1..] {
                let beside = run.last().is_some_and(|&last| watched[last].column + 1 == watched[next].column);
                if total == self.rows || !beside || run.iter().any(|&i| !disjoint(i, next)) {
                    break;
                }
                total += watched[next].ones;
                run.push(next);
            }
            if run.len() > 1 && total == self.rows {
                let names: Vec<&str> = run.iter().map(|&i| name(i)).collect();
                take(names.join("|"), &run, &mut free);
            } else {
                start += 1;
            }
        }
        found.sort_by_key(|(column, _)| *column);
        found.into_iter().map(|(_, group)| group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    fn names(groups: &[OneHot]) -> Vec<(&str, Vec<&str>)> {
        groups.iter().map(|g| (g.name.as_str(), g.columns.iter().map(String::as_str).collect())).collect()
    }

    #[test]
    fn shorter_beginnings_first_and_longer_where_they_fail() {
        let rows = dmatrix![
            1.0, 0.0, 0.0, 1.0, 0.0;
            0.0, 1.0, 0.0, 0.0, 1.0;
            0.0, 0.0, 1.0, 1.0, 0.0
        ];
        let columns = ["is_color_red", "is_color_dark_blue", "is_color_green", "is_size_s", "is_size_m"];
        let groups = OneHotDetector::detect(columns, &rows);
        let color = vec!["is_color_red", "is_color_dark_blue", "is_color_green"];
        assert_eq!(names(&groups), [("is_color", color), ("is_size", vec!["is_size_s", "is_size_m"])]);
        assert_eq!(groups[0].levels, ["red", "dark_blue", "green"]);
    }

    #[test]
    fn what_is_no_group() {
        // Two in a row, none in a row, a column that is never 1, other values, a missing cell.
        for rows in [
            dmatrix![1.0, 1.0; 0.0, 1.0],
            dmatrix![1.0, 0.0; 0.0, 0.0],
            dmatrix![1.0, 0.0; 1.0, 0.0],
            dmatrix![1.0, 0.0; -1.0, 2.0],
            dmatrix![1.0, 0.0; f64::NAN, 1.0],
        ] {
            assert_eq!(OneHotDetector::detect(["a_x", "a_y"], &rows), [], "{rows}");
        }
        assert_eq!(OneHotDetector::detect(["a"; 0], &DMatrix::zeros(0, 0)), []);
    }

    #[test]
    fn a_later_block_takes_a_group_back() {
        let mut detector = OneHotDetector::new(["n", "a", "b"]);
        detector.absorb(&[[5.0, 6.0], [1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(detector.groups().len(), 1);
        detector.absorb(&[[5.0, 6.0], [1.0, 1.0], [0.0, 1.0]]);
        assert_eq!(detector.groups(), []);
    }

    #[test]
    fn groups_wider_than_a_word() {
        let rows = DMatrix::from_fn(300, 150, |i, j| if i % 150 == j { 1.0 } else { 0.0 });
        let groups = OneHotDetector::detect((0..150).map(|j| format!("c{j}")), &rows);
        assert_eq!((groups.len(), groups[0].columns.len()), (1, 150));
    }
}
