//! What we asked of hosts, counted for ever, for `overheard status`.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::host::{HostMemory, Tally};
use crate::text::count::count;

/// All hosts together.
#[derive(Debug, Serialize)]
pub(super) struct Politeness {
    /// Hosts remembered one by one.
    hosts: usize,
    #[serde(flatten)]
    tally: Tally,
    /// Of the requests, the share that asked only whether something had changed.
    conditional_share: Option<f64>,
    /// Of these, the share that was answered with 304.
    not_modified_share: Option<f64>,
    /// Requests an hour and host, on average since the count began.
    an_hour_a_host: Option<f64>,
    /// Hosts that want to be left alone at present.
    quiet_hosts: usize,
}

impl Politeness {
    pub(super) fn of(hosts: &[(String, HostMemory)], now: Timestamp) -> Self {
        let mut tally = Tally::default();
        for (_, host) in hosts {
            tally.add(&host.tally);
        }
        // The counts of forgotten hosts stand under no name.
        let named = hosts.iter().filter(|(name, _)| !name.is_empty()).count();
        let hours = tally.since.map(|since| now.duration_since(since).as_secs_f64() / 3600.0);
        let hours = hours.filter(|hours| *hours >= 1.0 && named > 0);
        Self {
            hosts: named,
            tally,
            conditional_share: share(tally.conditional, tally.requests),
            not_modified_share: share(tally.not_modified, tally.conditional),
            an_hour_a_host: hours.map(|hours| tally.requests as f64 / hours / named as f64),
            quiet_hosts: hosts
                .iter()
                .filter(|(_, host)| host.quiet_until.is_some_and(|until| until > now))
                .count(),
        }
    }

    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Tally { requests, bytes_saved, refused, retry_after, too_early, .. } = self.tally;
        let percent = |share: Option<f64>| share.unwrap_or_default() * 100.0;
        let times = |of| count(of, "time", "times");
        let (refused, retry_after, too_early) =
            (times(refused), times(retry_after), times(too_early));
        let (requests, hosts) =
            (count(requests, "request", "requests"), count(self.hosts, "host", "hosts"));
        writeln!(
            out,
            "{requests} to {hosts}: {:.0} % asked only for changes, {:.0} % of these were spared the body ({:.1} MB); at most {} an hour of one host; told {refused} that it is too much, {retry_after} for how long, and asked too early {too_early}",
            percent(self.conditional_share),
            percent(self.not_modified_share),
            bytes_saved as f64 / 1e6,
            self.tally.most_in_an_hour,
        )
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}
