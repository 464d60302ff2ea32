//! The socket: where it is, and how a path that is too long for one is made short.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The socket's name in the store's folder.
const NAME: &str = "socket";

/// Its name before it is ours alone.
const NEW_NAME: &str = "socket.new";

/// A socket's path has 108 bytes in Linux and 104 elsewhere, with a zero at its end.
const LONGEST_PATH_BYTES: usize = 100;

/// Its owner's, and nobody else's.
const MODE: u32 = 0o600;

/// Who may write, besides its owner.
const OTHERS_MAY_WRITE: u32 = 0o022;

/// Listens in a store's folder, which is locked by us: a socket that is there already is of a process
/// that is gone. Also the user whose it is.
pub(super) fn bind(folder: &Path) -> io::Result<(UnixListener, u32)> {
    let about = fs::metadata(folder)?;
    if about.mode() & OTHERS_MAY_WRITE != 0 {
        let folder = folder.display();
        let why = format!("others may write into {folder}: `chmod go-w {folder}`");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let new = folder.join(NEW_NAME);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let short = Short::of(folder)?;
    let listener = UnixListener::bind(short.path.join(NEW_NAME))?;
    // Nobody can reach it before it is nobody else's.
    fs::set_permissions(&new, Permissions::from_mode(MODE))?;
    let owner = fs::metadata(&new)?.uid();
    fs::rename(&new, folder.join(NAME))?;
    Ok((listener, owner))
}

/// Calls whoever listens in a store's folder; none where nobody does.
pub(super) fn connect(folder: &Path) -> io::Result<Option<UnixStream>> {
    let short = Short::of(folder)?;
    match UnixStream::connect(short.path.join(NAME)) {
        Ok(stream) => Ok(Some(stream)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Takes the socket away.
pub(super) fn remove(folder: &Path) {
    // One that stays is taken for what it is: whoever calls it is refused.
    let _ = fs::remove_file(folder.join(NAME));
}

/// A folder by a path that is short enough, while this lives.
struct Short {
    path: PathBuf,
    _folder: Option<File>,
}

impl Short {
    fn of(folder: &Path) -> io::Result<Self> {
        if folder.join(NEW_NAME).as_os_str().len() <= LONGEST_PATH_BYTES {
            return Ok(Self { path: folder.to_owned(), _folder: None });
        }
        let open = File::open(folder)?;
        let path = Path::new("/proc/self/fd").join(open.as_raw_fd().to_string());
        if !path.exists() {
            let why = format!(
                "{} is too long for a socket's path: choose a shorter `data`",
                folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(Self { path, _folder: Some(open) })
    }
}
