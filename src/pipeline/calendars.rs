//! Readers' calendars: fetched like any page, kept for when that fails, and read for one day.
//!
//! What is in them goes into their reader's digest and nowhere else: no log, no message, no other reader.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;
use std::{fs, io};

use futures_util::{StreamExt as _, stream};
use jiff::civil::Date;
use tokio::time::timeout;
use url::Url;

use crate::adapters::{Request, Step};
use crate::calendar::{self, Day, Meeting};
use crate::clock::Clock;
use crate::crawl::http::{Ask, Cost, Fetched, Http, Manner};
use crate::reader::{Calendar, Reader};

/// Calendars fetched at once: those of a sales team lie at two or three hosts.
const AT_ONCE: usize = 16;

/// A calendar that takes longer is told from yesterday's copy: the morning does not wait for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the last copy of each reader's calendar lies, and which could not be had this time.
#[derive(Debug)]
pub struct Calendars {
    folder: PathBuf,
    failed: Mutex<BTreeMap<String, String>>,
}

/// The meetings of a reader's day, and why they may not be all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) meetings: Vec<Meeting>,
    /// In one sentence, for the reader.
    pub(super) trouble: Option<String>,
}

impl Calendars {
    /// Those whose copies lie beside the folder of the digests.
    #[must_use]
    pub fn beside(digests: &Path) -> Self {
        Self { folder: digests.with_file_name("calendars"), failed: Mutex::default() }
    }

    /// Fetches the calendar of each of these readers that has an address, as a page a person subscribed to.
    /// One that cannot be had is said in its reader's digest, and stops nothing.
    pub async fn fetch(&self, readers: &[&Reader], http: &Http, clock: &dyn Clock) {
        let fetched = stream::iter(readers).map(|reader| async move {
            let Some(Calendar::Url(url)) = &reader.calendar else { return None };
            let why = timeout(PATIENCE, self.fetch_one(reader, url, http, clock)).await;
            let why = why.unwrap_or(Some("its address did not answer in time"));
            why.map(|why| (reader.id.clone(), why.to_owned()))
        });
        let failed: Vec<Option<(String, String)>> =
            fetched.buffer_unordered(AT_ONCE).collect().await;
        if let Ok(mut known) = self.failed.lock() {
            *known = failed.into_iter().flatten().collect();
        }
    }

    /// Fetches a calendar; why it could not be had, where it could not.
    async fn fetch_one(
        &self,
        reader: &Reader,
        url: &Url,
        http: &Http,
        clock: &dyn Clock,
    ) -> Option<&'static str> {
        let request = Request {
            url: url.clone(),
            step: Step::Listing,
            accept: "text/calendar, text/plain;q=0.5, */*;q=0.1",
        };
        let ask = Ask { request: &request, vouched: None, manner: Manner::Feed };
        match http.fetch(&ask, clock, &mut Cost::default()).await {
            Ok(Fetched::Body(body)) => {
                let text = String::from_utf8_lossy(&body.bytes);
                if body.cut || !calendar::is_calendar(&text) {
                    Some("what is at its address is no whole calendar")
                } else {
                    let kept = self.keep(&reader.id, text.as_bytes());
                    kept.err().map(|_| "it could not be kept on our disk")
                }
            }
            Ok(Fetched::NotModified(_)) => None,
            // The sentence of a failure names the address, which is a secret.
            Err(_) => Some("its address did not give it to us"),
        }
    }

    /// The meetings of a reader's day, out of the file they name or the last copy of what is at their address.
    pub(super) fn planned(&self, reader: &Reader, date: Date) -> Planned {
        let Some(calendar) = &reader.calendar else { return Planned::default() };
        let (file, is_copy) = match calendar {
            Calendar::File(file) => (file.clone(), false),
            Calendar::Url(_) => (self.copy(&reader.id), true),
        };
        let failed = self.failed.lock().ok().and_then(|failed| failed.get(&reader.id).cloned());
        let text = match read(&file) {
            Ok(text) => text,
            Err(_) if is_copy => {
                let why = failed.unwrap_or_else(|| "it was not fetched yet".to_owned());
                return Planned::without(&why);
            }
            Err(error) => return Planned::without(&format!("its file cannot be read ({error})")),
        };
        if !calendar::is_calendar(&text) {
            return Planned::without("its file holds no calendar");
        }
        let day = Day { date, zone: &reader.time_zone, email: reader.email.as_deref() };
        // Its reader's guests write into it, and it is read by other people's code.
        let read = catch_unwind(AssertUnwindSafe(|| calendar::read(&text, &day)));
        let Ok((meetings, are_too_many)) = read else {
            return Planned::without("it cannot be understood");
        };
        let trouble = failed.map(|why| {
            format!("Your calendar is that of an earlier day: {why}. Meetings that moved since are missing.")
        });
        let too_many = are_too_many.then(|| {
            "More meetings recur in your calendar than are looked at: some of today's may be missing."
                .to_owned()
        });
        Planned { meetings, trouble: trouble.or(too_many) }
    }

    fn copy(&self, reader: &str) -> PathBuf {
        self.folder.join(format!("{reader}.ics"))
    }

    /// Keeps a copy that only we can read: it names people.
    fn keep(&self, reader: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut fresh = tempfile::NamedTempFile::new_in(&self.folder)?;
        io::Write::write_all(&mut fresh, bytes)?;
        fresh.persist(self.copy(reader)).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Planned {
    fn without(why: &str) -> Self {
        let trouble =
            format!("Your calendar could not be read: {why}. Today's meetings are missing.");
        Self { meetings: Vec::new(), trouble: Some(trouble) }
    }
}

/// The beginning of a file, as much of it as is read of a calendar.
fn read(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let limit = calendar::BYTES as u64;
    io::Read::read_to_end(&mut io::Read::take(fs::File::open(file)?, limit), &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
