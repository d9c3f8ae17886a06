//! The pixels along the borders of superpixels.

/// Which pixels of a label map, (h, w), lie within `thickness` of another label, or of the edge where `edge` says so, on rows,
/// columns and diagonals alike. O(n), whatever the thickness.
pub(super) fn outlines(labels: &[u32], width: usize, thickness: usize, edge: bool) -> Vec<bool> {
    // Along the rows: what is as far from any other label as that.
    let mut clear = vec![false; labels.len()];
    for (clear, labels) in clear.chunks_exact_mut(width).zip(labels.chunks_exact(width)) {
        let mut start = 0;
        for run in labels.chunk_by(|a, b| a == b) {
            let end = start + run.len();
            let from = if start == 0 && !edge { 0 } else { start + thickness };
            let to = if end == width && !edge { width } else { end.saturating_sub(thickness) };
            if from < to {
                clear[from..to].fill(true);
            }
            start = end;
        }
    }
    // Down the columns: runs of what is clear and of one label.
    let height = labels.len() / width;
    let mut marked = vec![true; labels.len()];
    for column in 0..width {
        let mut start = 0;
        while start < height {
            let at = start * width + column;
            let same = |row: &usize| clear[row * width + column] && labels[row * width + column] == labels[at];
            let end = start + (start..height).take_while(same).count();
            let from = if start == 0 && !edge { 0 } else { start + thickness };
            let to = if end == height && !edge { height } else { end.saturating_sub(thickness) };
            for row in from..to {
                marked[row * width + column] = false;
            }
            start = end.max(start + 1);
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_are_what_is_near_another_label() {
        let (height, width) = (13_usize, 17_usize);
        let label = |row: usize, column: usize| -> u32 {
            match () {
                () if row.abs_diff(6) + column.abs_diff(7) < 6 => 1,
                () if column > 12 => 2,
                () if row == 0 && column < 4 => 3,
                () => 0,
            }
        };
        let labels: Vec<u32> = (0..height * width).map(|at| label(at / width, at % width)).collect();
        for thickness in 0..5_usize {
            for edge in [false, true] {
                let found = outlines(&labels, width, thickness, edge);
                for (at, found) in found.into_iter().enumerate() {
                    let (row, column) = (at / width, at % width);
                    let mut expected = false;
                    for y in row..=row + 2 * thickness {
                        for x in column..=column + 2 * thickness {
                            expected |= match (y.checked_sub(thickness), x.checked_sub(thickness)) {
                                (Some(y), Some(x)) if y < height && x < width => label(y, x) != labels[at],
                                _ => edge,
                            };
                        }
                    }
                    assert_eq!(found, expected, "({row}, {column}), {thickness}, {edge}");
                }
            }
        }
    }
}
