//! Whether there is room on the disk for what is written next. A database in which a write failed cannot read all
//! that it holds, so it is asked before.

use std::fs::File;
use std::io::{self, ErrorKind};

use rustix::fs::fstatvfs;
use rustix::process::{Resource, getrlimit};

/// What is left free on the disk: segments, snapshots and lists that are written in their own time.
const ON_THE_DISK: u64 = 4 << 20;

/// By how much more than what is written a file may grow: three segments.
const IN_A_FILE: u64 = 3 << 19;

/// Refuses where `file` may not grow by `bytes`, and by what goes with them.
///
/// # Errors
/// [`ErrorKind::StorageFull`], or what the system says.
pub(super) fn for_more(file: &File, bytes: u64) -> io::Result<()> {
    let disk = fstatvfs(file)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let longest = getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX);
    let length = file.metadata()?.len();
    if free < bytes.saturating_add(ON_THE_DISK)
        || longest < length.saturating_add(bytes).saturating_add(IN_A_FILE)
    {
        return Err(ErrorKind::StorageFull.into());
    }
    Ok(())
}
