//! An archive of the material, unpacked for as long as it is read.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ExtractionEvalError;

/// An unpacked archive; the folder goes with it.
///
/// The system's tar does it: reading xz would take a C library or a crate, for an evaluation only.
pub(super) struct Unpacked {
    pub(super) folder: PathBuf,
}

impl Unpacked {
    pub(super) fn of(archive: &Path) -> Result<Self, ExtractionEvalError> {
        if !archive.exists() {
            return Err(ExtractionEvalError::Missing(archive.to_owned()));
        }
        let set = archive.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let name = format!("overheard-eval-{set}-{}", std::process::id());
        let unpacked = Self { folder: std::env::temp_dir().join(name) };
        std::fs::create_dir_all(&unpacked.folder)?;
        let failed =
            |why: String| ExtractionEvalError::Archive { archive: archive.to_owned(), why };
        let tar = Command::new("tar")
            .arg("-xJf")
            .arg(archive)
            .arg("-C")
            .arg(&unpacked.folder)
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if tar.status.success() {
            Ok(unpacked)
        } else {
            Err(failed(String::from_utf8_lossy(&tar.stderr).trim().to_owned()))
        }
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        // Nothing can be done about it here, and the system clears its own temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
