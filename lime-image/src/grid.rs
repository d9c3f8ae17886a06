//! A regular grid.

use lime_core::BoxError;

use crate::parameter::at_least_one;
use crate::{Error, Image, Segmenter, Segments};

/// Rectangles of equal size, as nearly as pixels allow: row i of r begins at pixel row `floor(i h / r)`. Numbered in rows from
/// the top.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `rows` | 8 | >= 1; the picture's height where that is less |
/// | `columns` | 8 | >= 1; the picture's width where that is less |
///
/// ```
/// use lime_image::{Grid, Image, Segmenter};
///
/// let image = Image::from_u8(2, 5, 1, &[0; 10])?;
/// assert_eq!(Grid::new(1, 2)?.segment(&image)?.labels(), [0, 0, 1, 1, 1, 0, 0, 1, 1, 1]);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    rows: usize,
    columns: usize,
}

impl Grid {
    /// A grid of `rows` x `columns` rectangles.
    ///
    /// # Errors
    /// [`Error::Parameter`] where either is 0.
    pub fn new(rows: usize, columns: usize) -> Result<Self, Error> {
        let [rows, columns] = [at_least_one("grid", "rows", rows)?, at_least_one("grid", "columns", columns)?];
        Ok(Self { rows, columns })
    }
}

impl Default for Grid {
    fn default() -> Self {
        Self { rows: 8, columns: 8 }
    }
}

impl Segmenter for Grid {
    fn segment(&self, image: &Image) -> Result<Segments, BoxError> {
        let rows = cells(image.height(), self.rows);
        let columns = cells(image.width(), self.columns);
        let across = self.columns.min(image.width()) as u32;
        let ids: Vec<u32> =
            rows.iter().flat_map(|row| columns.iter().map(move |column| row * across + column)).collect();
        Ok(Segments::new(image.height(), image.width(), &ids)?)
    }
}

/// The cell of every place along a side.
fn cells(length: usize, cells: usize) -> Vec<u32> {
    let cells = cells.min(length);
    let mut of = vec![0; length];
    for cell in 0..cells {
        // Products of a side and a count stay far below 2^64.
        let start = (cell as u128 * length as u128 / cells as u128) as usize;
        of[start..].fill(cell as u32);
    }
    of
}
