//! An outage: of what, where, and for how long.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:delay|drop|dark|knock|latency|problem|trouble|unable|taken|apologi|lag|freez|hang|outage|down|offline|unavailab|unreachab|fail|error|degrad|disrupt|incident|broken|work|log ?in|load|slow|restor|timeout|timing out|crash|dead|recover|503|502|500)",
        &[
            (
                &[Part::Duration],
                r"(?P<duration>(?:{NUM}|(?i:several|a few|a couple of|half an|almost [{W}]+|nearly [{W}]+))(?:[ -](?:and a half))?[ -]?(?i:hours?|hrs?|hr|h|minutes?|mins?|min|days?|weeks?)\b(?: (?:and )?[0-9]+ ?(?i:minutes|mins|min|m)\b)?)",
            ),
            (
                &[Part::Where],
                r"(?P<where>\b(?:us|eu|ap|sa|ca|me|af|il|asia|europe|northamerica)-[a-z]+(?:-?[0-9])?[a-z]?\b)",
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
                r"(?P<what>{NAME})(?:['’]s)? (?:(?:[{W}-]+ ){0,3}?(?i:is|was|are|were|went|goes|has been|have been|still|keeps|being|been) (?:(?i:completely|partly|fully|again|still|totally|back|hard|been|now|all|mostly)\s){0,2}(?i:down|offline|unavailable|unreachable|degraded|broken|not working|dead|failing|timing out|slow|crashing|throwing|returning|erroring)|(?i:down|outage|outages|incident|disruption)\b)",
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
            (
                &[Part::Duration],
                r"(?P<duration>(?i:all (?:morning|day|night|afternoon|evening|weekend|week|month)|(?:the )?whole (?:morning|day|night|week)|most of (?:the )?(?:day|morning|afternoon|night|{DAY})|overnight))\b",
            ),
            (
                &[Part::Duration],
                r"(?i:for|over|about|lasted|lasting|nearly|almost|took|than) (?P<duration>(?:an?|half an?) (?:hour|day|week|month|minute)(?: and a half)?)\b",
            ),
            (
                &[Part::What],
                r"(?i:lo(?:g|gg)(?:ing)? ?in ?to|sign(?:ing)? in ?to|(?:problems?|trouble|issues?|latency|errors?|difficult(?:y|ies)) (?:with|for|on|in|using|accessing|reaching)|outage (?:of|at|on)|failure of) {OF}(?P<what>{NAME})",
            ),
            (
                &[Part::What],
                r"(?i:knock(?:s|ed|ing)|took|takes?|taking|brought|brings|bringing|forc(?:es|ed|ing)) {OF}(?P<what>{NAME}(?: [a-z]+){0,2}?) (?i:offline|down|dark|out)\b",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME}) (?i:broken|down|offline|dead|unavailable|outage|outages|not working|hit by|suffers|goes (?:down|dark|offline)|went (?:down|dark|offline)|taken (?:down|offline)|knocked (?:out|offline)|unable)\b",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME})(?:['’]s)? (?:(?i:was|were|is|are|has been|have been|had been|keeps?|kept)\s)(?:(?i:again|still|badly|being|intermittently|completely)\s){0,2}(?i:delay(?:ed|ing)|drop(?:ped|ping)|failing|crashing|timing|freezing|unavailable|unreachable|disrupted|affected|degraded|hanging|lagging|logging|losing|eating|throwing|down|out)\b",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME})(?:['’]s)? (?:network|system|systems|app|website|site|platform|services?|servers?)(?: [{W}]+){0,2}? (?i:fails?|failed|goes|went|down|crash(?:es|ed)?|offline|outage|hit|suffers?)\b",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME})(?:['’]s)? (?i:customers|users|subscribers|clients|passengers|merchants|shoppers)\b",
            ),
            (
                &[Part::What],
                r"(?P<what>{NAME}) (?i:apologi[sz]es|apologi[sz]ed|says sorry|blames|admits|explains|fixes|restores|confirms|acknowledges|investigates)\b",
            ),
            (
                &[Part::What],
                r"\b(?i:is|are|has|was) (?:anyone['’]s )?(?P<what>[a-z][{W}.+-]*[{W}](?: [a-z]+)?) (?:(?i:completely|totally|still|just)\s)?(?i:down|offline|broken|borked|dead|crashing)\b",
            ),
            (
                &[Part::What],
                r"(?:^|(?i:\b(?:our|the|my|ugh|argh|so|great|looks like|and|again)\s))(?P<what>[a-z][{W}.+-]*[{W}](?: [a-z]+)?) (?:(?i:is|are|was|were|has been|have been|keeps?|kept|went|goes)\s)(?:(?i:again|still|completely|totally|just|now)\s){0,2}(?i:down|offline|broken|borked|dead|failing|crashing|dropping|unavailable|unreachable|timing out|throwing|lagging|freezing|delayed)\b",
            ),
            (&[Part::What], r"(?i:5[0-9][0-9]s?|errors?|timeouts?|nothing|slow responses?) (?i:from|with|on|at) {OF}(?P<what>[{L}][{W}.+-]+(?: (?i:api|cloud|cli|app|registry|console|portal|dashboard))?)"),
            (&[Part::What], r"(?i:outage|downtime|loss|failure|interruption) of {OF}(?P<what>[a-z][{W}-]+(?: [a-z][{W}-]+)?)"),
            (&[Part::What], r"(?i:performance|availability|latency|errors) (?i:for|of|in|on) {OF}(?P<what>{NAME})"),
            (&[Part::What], r"(?P<what>{NAME}) (?i:having|has|experiencing|reporting|seeing) (?:(?i:some|major|big|the|serious)\s)?(?i:issues|trouble|problems|difficulties|a bad|an outage|errors)"),
            (&[Part::What], r"(?P<what>{NAME}) (?i:update|bug|glitch|patch|release|incident) (?i:takes|took|knocks|knocked|breaks|broke|crashes|crashed|causes|caused|hits|grounds)"),
            (&[Part::What], r"(?i:reach|access|connect to|open|load|use) {OF}(?P<what>[{L}][{W}.+-]+(?: (?i:api|cloud|cli|app|registry|console|portal|dashboard))?)\b"),
            (&[Part::Where], r"(?i:leaves|leaving|from|out in|hits|grips|over) (?P<where>{NAME})(?: (?i:without|with no|offline|since|in the dark|customers|users)|[,.;!?]|$)"),
        ],
    )
    .unless(r"(?i)\b(?:zero|no|without) (?:downtime|outages?)\b|\bdown (?:by )?(?:about |some |around )?(?:[0-9]|from [0-9]|to (?:[0-9]|one|two|three|four|just))|\b(?:wind|calm|sit|sat|scal|boil|nail|track|doubl|cool|settl|hand|pass)(?:e|ed|es|ing|s)? down\b|\b(?:broke|breaks?|breaking) down (?:the|by|into)\b|design for failure|[0-9]+ days (?:without|since)")
});
