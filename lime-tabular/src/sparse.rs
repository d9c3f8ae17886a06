//! Sparse rows of wide tables: counts of words, TF-IDF, one-hot codes.

mod batch;
mod mask;
mod numeric;
mod row;
mod table;

pub use self::batch::copy_sparse_rows;
pub use self::mask::SparseMask;
pub use self::numeric::SparseNumeric;
pub use self::row::SparseRow;
pub use self::table::SparseTable;
