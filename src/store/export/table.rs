//! Posts as a table for people: CSV by RFC 4180, or Parquet.

use std::io::Write;

use jiff::Timestamp;

use super::ExportError;
use super::chosen::Chosen;
use super::parquet::Parquet;
use super::row::{COLUMNS, Cell, row};
use crate::config::csv::quoted_row;
use crate::store::Store;

/// Writes the chosen posts as CSV, a row each under a row of names; how many. UTF-8; no cell is a formula.
///
/// # Errors
/// [`ExportError`].
pub fn csv(store: &dyn Store, chosen: &Chosen, out: &mut dyn Write) -> Result<u64, ExportError> {
    out.write_all(quoted_row(COLUMNS.iter().map(|(name, _)| (*name).to_owned())).as_bytes())?;
    let mut posts = 0;
    chosen.walk(store, &mut |post, judged| {
        let cells = row(&post, judged.as_ref()).into_iter();
        let line = quoted_row(cells.map(|cell| cell.map(in_words).unwrap_or_default()));
        posts += 1;
        out.write_all(line.as_bytes()).map_err(ExportError::Io)
    })?;
    out.flush()?;
    Ok(posts)
}

/// Writes the chosen posts as Parquet; how many.
///
/// # Errors
/// [`ExportError`].
pub fn parquet(
    store: &dyn Store,
    chosen: &Chosen,
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    let mut file = Parquet::begin(out, &COLUMNS)?;
    chosen.walk(store, &mut |post, judged| {
        file.push(row(&post, judged.as_ref())).map_err(ExportError::Io)
    })?;
    Ok(file.end()?)
}

fn in_words(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Score(score) => format!("{score:.4}"),
        Cell::Moment(moment) => {
            Timestamp::from_millisecond(moment).map(|at| at.to_string()).unwrap_or_default()
        }
    }
}
