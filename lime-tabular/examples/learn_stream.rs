//! What a table of 1,000,000 rows and 50 columns takes to be learned in one pass: time, and memory beyond the start.
//!
//! cargo run --release -p lime-tabular --features parquet,csv,sketch --example learn_stream [rows] [csv|parquet]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use lime_tabular::{Reader, Summary, Tabular};
use parquet::arrow::ArrowWriter;

const COLUMNS: usize = 50;
/// How many values a summary keeps before it goes over to a sketch.
const LIMIT: usize = 16_384;
const BATCH: usize = 10_000;

/// A cell: a hash of its place as a number from 0 to 1, of the column's own shape. Every tenth column is of whole numbers.
fn cell(row: usize, column: usize) -> f64 {
    let mut hash = (row * COLUMNS + column) as u64;
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    let u = ((hash ^ (hash >> 33)) >> 11) as f64 / (1u64 << 53) as f64;
    match column % 10 {
        0 => (u * 100.0).floor(),
        1 => -u.ln_1p(),
        k => u.powi(i32::try_from(k).unwrap_or(1)),
    }
}

fn write_csv(path: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    let names: Vec<String> = (0..COLUMNS).map(|j| format!("x{j}")).collect();
    writeln!(file, "{}", names.join(","))?;
    for row in 0..rows {
        for column in 0..COLUMNS {
            write!(file, "{}{}", if column == 0 { "" } else { "," }, cell(row, column))?;
        }
        writeln!(file)?;
    }
    Ok(file.flush()?)
}

fn write_parquet(path: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    let batch = |start: usize| {
        let rows = BATCH.min(rows - start);
        RecordBatch::try_from_iter((0..COLUMNS).map(|j| {
            let values = Float64Array::from_iter_values((start..start + rows).map(|i| cell(i, j)));
            (format!("x{j}"), Arc::new(values) as ArrayRef)
        }))
    };
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch(0)?.schema(), None)?;
    for start in (0..rows).step_by(BATCH) {
        writer.write(&batch(start)?)?;
        if start % (10 * BATCH) == 0 {
            writer.flush()?;
        }
    }
    writer.close()?;
    Ok(())
}

/// A line of /proc/self/status in MiB, where there is one.
fn status(key: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let kib = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().map_or(Ok(1_000_000), |rows| rows.parse())?;
    let format = arguments.next().unwrap_or_else(|| "csv".into());
    // The file is written by a process of its own, so that only reading is measured.
    let directory = std::env::temp_dir().join(format!("lime-learn-stream-{}", std::process::id()));
    let path = match arguments.next() {
        Some(path) => {
            let write = if format == "csv" { write_csv } else { write_parquet };
            return write(Path::new(&path), rows);
        }
        None => directory.join(format!("table.{format}")),
    };
    std::fs::create_dir_all(&directory)?;
    let writer = std::process::Command::new(std::env::current_exe()?)
        .args([rows.to_string(), format.clone()])
        .arg(&path)
        .status()?;
    if !writer.success() {
        return Err("the table could not be written".into());
    }
    let size = std::fs::metadata(&path)?.len() as f64 / (1 << 20) as f64;

    let (before, start) = (status("VmRSS"), Instant::now());
    let mut reader = Reader::builder().open(&path)?;
    let mut summaries = vec![Summary::new(LIMIT); COLUMNS];
    while let Some(block) = reader.next_block()? {
        for (summary, column) in summaries.iter_mut().zip(block.columns()) {
            summary.absorb(column);
        }
    }
    let table: Tabular<f64> = Tabular::from_summaries(&summaries).schema(reader.schema().clone()).learn()?;
    let seconds = start.elapsed().as_secs_f64();
    let sketched = summaries.iter().filter(|summary| !summary.is_exact()).count();
    let out = std::io::stdout();
    writeln!(
        &out,
        "{} x {COLUMNS} ({format}, {size:.0} MiB): {seconds:.1} s, peak {:.0} MiB beyond the {before:.0} MiB at the start, \
         {sketched} columns sketched, {} features learned",
        reader.rows(),
        status("VmHWM") - before,
        table.features().len(),
    )?;
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}
