//! A new leader: the person and the office.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:appoint|nam(?:e|ed|es|ing)\b|hire|join|step|leav|resign|retir|succe|replac|promot|new (?:ceo|cto|cio|ciso|cfo|coo|chief|head|boss|leader)|take|took|start|becom|welcom|tap|poach|interim|is out|depart|first day|excited|thrilled|elect|chief|ceo|cto|cio|ciso|cfo|coo|head of|vp|director|president|pick)",
        &[
            (
                &[Part::Who],
                r"\b(?i:appoint(?:s|ed|ing)?|name[sd]?|naming|hire[sd]?|hiring|tap(?:s|ped)|promote[sd]?|promoting|welcome[sd]?|welcoming|poach(?:es|ed)|pick(?:s|ed)|elect(?:s|ed)|recruit(?:s|ed)|brings? in|brought in|brings? back|picks?|nominate[sd]?|install(?:s|ed)|choose|chose|chosen|selected|selects|unveil(?:s|ed)|announce[sd]?|introducing)(?: that| (?:the |its |our |a )?(?:former|ex-|longtime|veteran|insider|outsider)[^,.;]{0,60}?)?,? (?P<who>{PERSON})",
            ),
            (
                &[Part::Who],
                r"(?P<who>{PERSON})(?:, [^,.;]{1,70},| \([^)]{1,60}\))?(?: (?:has|have|had|is|was|will|been|be|who|now|also|today|just|yesterday|formerly|officially|formally|to)){0,4} (?i:joins?|joined|joining|named|appointed|hired|tak(?:es?|ing) (?:over|up|on|the)|took over|promoted|succeed(?:s|ed)?|replac(?:es|ed)|steps? (?:down|up|in|aside)|stepp(?:ed|ing) (?:down|up|in|aside)|leaves|leaving|resigns|resigned|retires|retired|retiring|starts|started|becom(?:es|e|ing)|became|elected|tapped|returns|departs|departed|moves|moving|poised|out as|quits|quit|tapped|confirmed|to lead|leads|assumes?|arrives)\b",
            ),
            (
                &[Part::Who],
                r"(?i:replaced|succeeded|followed|led|headed|run|filled|taken over|taken) (?:[{W}]+ ){0,2}?by (?P<who>{PERSON})",
            ),
            (
                &[Part::Who],
                r"(?i:replaces|succeeds|replacing|succeeding|to replace|to succeed) (?:[{W}]+ ){0,3}?(?P<who>{PERSON})",
            ),
            (&[Part::Who], r"(?:{OFFICE}),? (?:is |named |will be |: ?)?(?P<who>{PERSON})"),
            (
                &[Part::Who],
                r"(?P<who>{PERSON})(?:,| is| as|:| to be|—| –| -) (?:the |our |its |their |a |an |her |his )?(?:{NAME}['’]s )?(?i:new |former |incoming |outgoing |next |newly )?(?:{OFFICE})",
            ),
            (&[Part::Who], r"\b(?i:by|of|with|under|from|meet|thank|thanks to) (?P<who>{PERSON})"),
            (
                &[Part::Role],
                r"(?i:\bas|\bnamed|\bbecomes?|\bbecoming|\bbecame|\bappointed|\bhired|\bfor|\bto|\brole of|\bpost of|\bjob of|\bposition of) (?:(?i:the|its|our|their|a|an|first|new|next|newly created|permanent|role of)\s){0,3}(?P<role>{OFFICE})",
            ),
            (&[Part::Role], r"\b(?i:appoint|nam(?:e|es|ed|ing)|join|step|leav|resign|retir|succe|replac|promot|tak(?:e|es|ing) over|took over|becom|welcom|poach|out\b|depart|quit|elect|new|hire|hired|hires|start|exit|oust|fired|search|pick|tap|left|takes|meet)[{W}]*\b[^.;!?]{0,90}?(?P<role>{OFFICE})"),
            (&[Part::Role], r"(?P<role>{OFFICE})[^.;!?]{0,90}?\b(?i:appoint|nam(?:e|es|ed|ing)|join|step|leav|resign|retir|succe|replac|promot|tak(?:e|es|ing) over|took over|becom|welcom|poach|out\b|depart|quit|elect|new|hire|hired|hires|start|exit|oust|fired|search|pick|tap|left|takes|meet)"),
            (
                &[Part::Company],
                r"(?P<company>{NAME}){TAIL} (?i:appoint(?:s|ed|ing)?|name[sd]?|naming|hire[sd]?|hiring|tap(?:s|ped)|promot(?:es?|ed|ing)|poach(?:es|ed)|pick(?:s|ed)|elect(?:s|ed)|recruit(?:s|ed)|bring(?:s|ing)|brought|welcom(?:es|ed)|nominat(?:es|ed)|get(?:s)?|lands?|loses|taps|replaces|ousts|fires|the appointment|the election|the promotion)\b",
            ),
            (
                &[Part::Company],
                r"(?:{OFFICE})(?: \([^()]{1,12}\))?,? (?i:at|for|with) {OF}(?P<company>{NAME})",
            ),
            (
                &[Part::Company],
                r"(?i:CEO|CTO|CIO|CISO|CFO|COO|CMO|CRO|CPO|chief [a-z]+(?: [a-z]+)? officer|chief executive|managing director|chair(?:man|woman|person)?|general counsel) of {OF}(?P<company>{NAME})",
            ),
            (
                &[Part::Company],
                r"(?P<company>{NAME})['’]s? (?:(?i:new|former|long-?time|first|next|incoming|outgoing|founder|current)\s){0,2}(?:{OFFICE}|(?i:founder|board|boss))",
            ),
            (
                &[Part::Company],
                r"(?i:joins?|joined|joining|leaves|leaving|left|quits?|departs|exits|steps? down (?:at|from|as [a-z ]{2,30} (?:at|of))|down at|out at|moves to|(?:position|role|job|change|shake-?up|succession|reshuffle|exit|departure) at|takes? over at|takes? the helm (?:at|of)|after [{W}]+ (?:years|yrs) at|board (?:of directors )?of) {OF}(?P<company>{NAME})",
            ),
            (
                &[Part::Company],
                r"(?:{OFFICE}) (?:{PERSON},? )?(?i:quits|leaves|exits|departs|joins) (?P<company>{NAME})",
            ),
            (&[Part::Who], r"{OFFICE}[^.;!?]{0,40}? (?i:is|will be|goes to|will go to) (?P<who>{PERSON})"),
            (&[Part::Company], r"(?i:welcome|welcomes|welcoming|joined by|say hello to) {PERSON}(?:,? (?i:who joins))? (?i:to|at) {OF}(?P<company>{NAME})"),
            (&[Part::Company], r"(?i:out|in|named|appointed|hired|back|confirmed|returns|steps down|resigns|elected|tapped|leaves) (?i:as|to) {OF}(?P<company>{NAME}) (?:{OFFICE})"),
            (&[Part::Role], r"['’]s (?:(?i:new|outgoing)\s)?(?P<role>(?i:boss|founder|chief|chairman))\b"),
            (&[Part::Who], r"(?i:boss|founder|chief) (?P<who>{PERSON})"),
            (&[Part::Company], r"^(?P<company>{NAME}) (?:{OFFICE})"),
            (&[Part::Company], r"^(?P<company>{NAME})(?:{DOES})[^.;!?]{0,40}?(?:{OFFICE})"),
        ],
    )
    .unless(r"(?i){NOT}(?:appoint|nam|becom|step|hir|leav|be\b|CEO|CFO|CTO)|{PAST}|\b(?:is|was) (?:false|untrue)\b|\brumou?rs?\b|\bwhat (?:does|do|is|makes)\b")
});
