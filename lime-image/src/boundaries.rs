//! Where one superpixel ends and the next begins.

use crate::Segments;

/// Which pixels along a border are marked: the modes of scikit-image's `find_boundaries`. A pixel is at a border where one of
/// its four neighbours belongs to another superpixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Boundary {
    /// On both sides: lines are two pixels thick. `find_boundaries`' default, and the default here.
    #[default]
    Thick,
    /// Those that do not belong to the background, id 0.
    Inner,
    /// Those of the background, id 0, and where two others touch. `mark_boundaries`' default.
    Outer,
}

impl Segments {
    /// The pixels along the borders, (h, w), as scikit-image's `find_boundaries` of the ids the superpixels came with. The
    /// background of [`Boundary::Inner`] and [`Boundary::Outer`] is the superpixel of id 0, where there is one.
    /// (For ids of 64 bits, scikit-image 0.26's mode `outer` marks too much: it takes the greatest of them for a double, which it is
    /// not. Here it is what it gives for ids of 32 bits.)
    ///
    /// ```
    /// use lime_image::{Boundary, Segments};
    ///
    /// let segments = Segments::new(1, 5, &[0, 0, 1, 1, 2])?;
    /// assert_eq!(segments.boundaries(Boundary::Thick), [false, true, true, true, true]);
    /// assert_eq!(segments.boundaries(Boundary::Inner), [false, false, true, true, true]);
    /// assert_eq!(segments.boundaries(Boundary::Outer), [false, true, false, true, true]);
    /// # Ok::<(), lime_image::Error>(())
    /// ```
    pub fn boundaries(&self, boundary: Boundary) -> Vec<bool> {
        let ids = self.ids();
        // Numbers are in the order of the ids, so that the least and the greatest id are those of the least and the greatest number.
        let background = ids.binary_search(&0).ok().and_then(|number| u32::try_from(number).ok());
        let mut marked = vec![false; self.labels().len()];
        for row in 0..self.height() {
            for column in 0..self.width() {
                let at = row * self.width() + column;
                let own = self.labels()[at];
                let differs = self.around(row, column).any(|(label, corner)| !corner && label != own);
                marked[at] = differs
                    && match boundary {
                        Boundary::Thick => true,
                        Boundary::Inner => Some(own) != background,
                        Boundary::Outer => Some(own) == background || self.several(row, column, background),
                    };
            }
        }
        marked
    }

    /// The labels of the pixels around one, with whether they touch it at a corner only.
    fn around(&self, row: usize, column: usize) -> impl Iterator<Item = (u32, bool)> {
        let (height, width) = (self.height(), self.width());
        let rows = row.saturating_sub(1)..(row + 2).min(height);
        rows.flat_map(move |y| {
            let columns = column.saturating_sub(1)..(column + 2).min(width);
            columns.map(move |x| (self.labels()[y * width + x], y != row && x != column))
        })
    }

    /// Whether the greatest id around and the least that is not the background differ.
    fn several(&self, row: usize, column: usize, background: Option<u32>) -> bool {
        let greatest = self.around(row, column).map(|(label, _)| label).max();
        let least = self.around(row, column).map(|(label, _)| label).filter(|&label| Some(label) != background).min();
        greatest != least
    }
}
