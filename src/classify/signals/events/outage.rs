//! An outage: of what, where, and for how long.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:outage|down|offline|unavailab|unreachab|fail|error|degrad|disrupt|incident|broken|work|log ?in|load|slow|restor|timeout|timing out|crash|dead|recover|503|502|500)",
        &[
            (
                &[Part::Duration],
                r"(?P<duration>(?:{NUM}|(?i:several|a few|a couple of|an?|half an|almost \w+|nearly \w+))(?:[ -](?:and a half))?[ -]?(?i:hours?|hrs?|hr|h|minutes?|mins?|min|days?|weeks?)\b(?: (?:and )?\d+ ?(?i:minutes|mins|min|m)\b)?)",
            ),
            (
                &[Part::Where],
                r"(?P<where>\b(?:us|eu|ap|sa|ca|me|af|il|asia|europe|northamerica)-[a-z]+(?:-?\d)?[a-z]?\b)",
            ),
            (
                &[Part::Where],
                r"(?i:in|across|for|from|at) (?:(?i:the|our|its|their|all of|parts of|most of)\s){0,2}(?P<where>{NAME}) (?i:region|zone|data ?cent(?:re|er)|datacent(?:re|er)|availability zone|area|customers|users)",
            ),
            (
                &[Part::Where],
                r"(?i:in|across) (?:(?i:the|parts of|most of|all of|much of|large parts of)\s){0,2}(?P<where>{NAME})",
            ),
            (
                &[Part::What],
                r"(?i:outage|incident|disruption|downtime|failure|errors?|problems?|issues?|breakdown) (?i:at|of|with|on|hits|hit|affecting|impacting|in|takes down|knocks out) (?:(?i:the|our|their|its|all|parts of)\s){0,2}(?P<what>{NAME})",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME})(?:['’]s)? (?:(?:[\w-]+ ){0,3}?(?i:is|was|are|were|went|goes|has been|have been|still|keeps|being|been) (?:(?i:completely|partly|fully|again|still|totally|back|hard|been|now|all|mostly)\s){0,2}(?i:down|offline|unavailable|unreachable|degraded|broken|not working|dead|failing|timing out|slow|crashing|throwing|returning|erroring)|(?i:down|outage|outages|incident|disruption)\b)",
            ),
            (
                &[Part::What],
                r"(?i:log ?in to|log into|sign in to|sign into|reach|access|connect to|load|open|use|anyone else.{0,20} with|knocked out|took down|takes down|taking down|brought down|brings down|knocks out) (?:(?i:the|our|their|my)\s)?(?P<what>{NAME})",
            ),
            (
                &[Part::What],
                r"(?i:is|are|was) (?P<what>{NAME}) (?i:down|offline|broken|slow|having)",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME}) (?:(?:has|is|was|are|have) )?(?i:suffer(?:s|ed|ing)?|experienc(?:es|ed|ing)|report(?:s|ed|ing)?|investigat(?:es|ed|ing)|resolved|restored|recovering|confirmed|failed|crashed|back)\b",
            ),
        ],
    )
});
