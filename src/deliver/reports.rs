//! The reports' files: a page and a text of each week and month, named after their first day.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::folder::{DeliverError, replace};

/// Where they lie in the data folder.
pub const FOLDER: &str = "reports";

/// Locked by whoever writes them or removes them.
const LOCK: &str = ".lock";

/// A week's digests speak of posts of the week before it, too; and a day begins elsewhere when it does here.
const BEFORE: i64 = 9;

/// What a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// The week that begins on this Monday.
    Week(Date),
    /// The month that begins on this day.
    Month(Date),
}

impl Period {
    /// What its files are called, but for their endings.
    #[must_use]
    pub fn stem(self) -> String {
        match self {
            Self::Week(monday) => format!("week-{monday}"),
            Self::Month(first) => format!("month-{}", first.strftime("%Y-%m")),
        }
    }

    fn of_file(file: &Path) -> Option<Self> {
        let stem = file.file_stem()?.to_str()?;
        if let Some(monday) = stem.strip_prefix("week-") {
            return Some(Self::Week(monday.parse().ok()?));
        }
        let month = stem.strip_prefix("month-")?;
        Some(Self::Month(format!("{month}-01").parse().ok()?))
    }

    /// Whether it may speak of what was said, or told, on a day.
    fn speaks_of(self, day: Date) -> bool {
        let (first, length): (Date, Span) = match self {
            Self::Week(monday) => (monday, 7.days()),
            Self::Month(first) => (first, 1.month()),
        };
        let from = first.saturating_sub(BEFORE.days());
        from <= day && day <= first.saturating_add(length)
    }
}

/// Whether a report is written.
#[must_use]
pub fn is_written(folder: &Path, period: Period) -> bool {
    folder.join(period.stem()).with_extension("html").exists()
}

/// Whoever reads what is to be in a report, and writes it.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    _alone: File,
}

impl Writer {
    /// Waits until nobody else writes reports, or removes them.
    ///
    /// # Errors
    /// [`DeliverError`]: it cannot be known.
    pub fn alone(folder: &Path) -> Result<Self, DeliverError> {
        let file = folder.join(LOCK);
        let locked = fs::create_dir_all(folder).and_then(|()| {
            let file = File::options().create(true).append(true).open(&file)?;
            file.lock().map(|()| file)
        });
        match locked {
            Ok(alone) => Ok(Self { folder: folder.to_owned(), _alone: alone }),
            Err(source) => Err(DeliverError::Io { file, source }),
        }
    }

    /// Writes a report: its text, then its page, which says that both are there.
    ///
    /// # Errors
    /// [`DeliverError`]: a file could not be written.
    pub fn write(
        &self,
        period: Period,
        text: &str,
        page: &str,
    ) -> Result<Vec<PathBuf>, DeliverError> {
        let stem = self.folder.join(period.stem());
        let files = [("txt", text), ("html", page)].into_iter().map(|(ending, content)| {
            let file = stem.with_extension(ending);
            // It names readers, and whom they sell to.
            match replace(&file, content, 0o640) {
                Ok(()) => Ok(file),
                Err(source) => Err(DeliverError::Io { file, source }),
            }
        });
        files.collect()
    }
}

/// Removes the reports that may speak of what was said, or told, on one of these days; which.
///
/// # Errors
/// [`DeliverError`]: one could not be removed.
pub fn forget(folder: &Path, days: &[Date]) -> Result<Vec<PathBuf>, DeliverError> {
    // One that is being written speaks of it, too.
    let _alone = Writer::alone(folder)?;
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut gone = Vec::new();
    for file in entries.flatten().map(|entry| entry.path()) {
        let Some(period) = Period::of_file(&file) else { continue };
        if days.iter().any(|day| period.speaks_of(*day)) {
            match fs::remove_file(&file) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(DeliverError::Io { file, source });
                }
                _ => gone.push(file),
            }
        }
    }
    gone.sort();
    Ok(gone)
}

/// How a month is asked for that is not written, or no more.
#[must_use]
pub fn command(file: &Path) -> Option<String> {
    let of = |kind: &str, day: Date| format!("overheard report --{kind} --date {day}");
    Some(match Period::of_file(file)? {
        Period::Week(monday) => of("week", monday),
        Period::Month(first) => of("month", first),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_reports_that_may_speak_of_a_day_are_removed_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let periods = [
            Period::Week(date(2026, 11, 2)),
            Period::Week(date(2026, 11, 16)),
            Period::Month(date(2026, 10, 1)),
            Period::Month(date(2026, 11, 1)),
        ];
        let writer = Writer::alone(folder.path()).unwrap();
        for period in periods {
            writer.write(period, "text", "page").unwrap();
            assert!(is_written(folder.path(), period));
        }
        fs::write(folder.path().join("week-notes.txt"), "mine").unwrap();
        fs::write(folder.path().join("other.txt"), "mine").unwrap();
        drop(writer);
        let gone = forget(folder.path(), &[date(2026, 11, 18)]).unwrap();
        let names: Vec<_> =
            gone.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "month-2026-11.html",
                "month-2026-11.txt",
                "week-2026-11-16.html",
                "week-2026-11-16.txt"
            ]
        );
        assert_eq!(command(&gone[0]).unwrap(), "overheard report --month --date 2026-11-01");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 7);
        assert_eq!(forget(&folder.path().join("none"), &[]).unwrap(), Vec::<PathBuf>::new());
    }
}
