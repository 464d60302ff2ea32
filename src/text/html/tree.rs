//! Whether a tree builder may be given a text, by letting it build one that nobody keeps.
//!
//! A tree builder's work and its tree are not in proportion to what it reads: elements left open by
//! a close tag are opened anew in every paragraph, and every element costs a look at those around it.
//! Which are open is decided by hundreds of rules, so that only the tree builder itself can tell.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, ExpandedName, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, QualName, TokenizerResult, ns};

/// Elements open at a time. Real pages stay below 60; the deepest in our fixtures has 200.
const OPEN_LIMIT: usize = 400;

/// Elements open at a time that are opened anew where they were left open, as `<b>` is: each such
/// tag is compared with all of them.
const FORMATTING_LIMIT: usize = 100;

/// Nodes of a tree; the whole text of a long book has a tenth of it.
const NODE_LIMIT: usize = 200_000;

/// Attributes that further `<html>` and `<body>` tags add to the first: each is sorted in among them.
const ADDED_LIMIT: usize = 1_000;

/// How often what stands in the tags may stand in the tree.
const COPIES: usize = 2;

/// Names and attributes the tree builder adds by itself, in bytes.
const OWN_BYTES: usize = 64 * 1024;

/// The elements that are opened anew.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// How a text is going to be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parse {
    Document,
    /// As the inside of a `div`.
    Fragment,
}

/// Whether the tree of `html` stays within bounds. `html` has to be tame.
pub(super) fn fits_a_tree(html: &str, parse: Parse) -> bool {
    let counts = Rc::new(Counts::default());
    let sink = Uncollected { counts: Rc::clone(&counts), document: element(&counts, "html") };
    let options = TreeBuilderOpts::default();
    let builder = match parse {
        Parse::Document => TreeBuilder::new(sink, options),
        Parse::Fragment => {
            let around = element(&counts, "div");
            TreeBuilder::new_for_fragment(sink, around, None, options)
        }
    };
    let most_bytes = COPIES * html.len() + OWN_BYTES;
    let watched = Watched { builder, counts: Rc::clone(&counts), most_bytes };
    let tokenizer = Tokenizer::new(watched, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // It stops at the end of each script, as if to run it.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    counts.fit(most_bytes)
}

/// A tree builder that is given no more once its tree is too much.
struct Watched {
    builder: TreeBuilder<Handle, Uncollected>,
    counts: Rc<Counts>,
    most_bytes: usize,
}

impl TokenSink for Watched {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if self.counts.fit(self.most_bytes) {
            self.builder.process_token(token, line)
        } else {
            TokenSinkResult::Continue
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[derive(Default)]
struct Counts {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    added: Cell<usize>,
    /// Elements the tree builder holds on to: those that are open, or to be opened anew.
    open: Cell<usize>,
    formatting: Cell<usize>,
    most_open: Cell<usize>,
    most_formatting: Cell<usize>,
}

impl Counts {
    fn fit(&self, most_bytes: usize) -> bool {
        self.most_open.get() <= OPEN_LIMIT
            && self.most_formatting.get() <= FORMATTING_LIMIT
            && self.nodes.get() <= NODE_LIMIT
            && self.added.get() <= ADDED_LIMIT
            && self.bytes.get() <= most_bytes
    }
}

/// An element as long as the tree builder knows of it: the tree itself is not kept.
type Handle = Rc<Element>;

struct Element {
    name: QualName,
    is_integration_point: bool,
    is_formatting: bool,
    counts: Rc<Counts>,
}

impl Element {
    fn new(counts: &Rc<Counts>, name: QualName, is_integration_point: bool) -> Self {
        let is_formatting = name.ns == ns!(html) && FORMATTING.contains(&&*name.local);
        let raise = |count: &Cell<usize>, most: &Cell<usize>| {
            count.set(count.get() + 1);
            most.set(most.get().max(count.get()));
        };
        raise(&counts.open, &counts.most_open);
        if is_formatting {
            raise(&counts.formatting, &counts.most_formatting);
        }
        Self { name, is_integration_point, is_formatting, counts: Rc::clone(counts) }
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        self.counts.open.set(self.counts.open.get() - 1);
        if self.is_formatting {
            self.counts.formatting.set(self.counts.formatting.get() - 1);
        }
    }
}

fn element(counts: &Rc<Counts>, name: &str) -> Handle {
    let name = QualName::new(None, ns!(html), name.into());
    Rc::new(Element::new(counts, name, false))
}

struct Uncollected {
    counts: Rc<Counts>,
    document: Handle,
}

impl Uncollected {
    fn node(&self, bytes: usize) {
        self.counts.nodes.set(self.counts.nodes.get() + 1);
        self.counts.bytes.set(self.counts.bytes.get() + bytes);
    }
}

impl TreeSink for Uncollected {
    type Handle = Handle;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Handle {
        let of = |attribute: &Attribute| attribute.name.local.len() + attribute.value.len();
        self.node(name.local.len() + attributes.iter().map(of).sum::<usize>());
        let is_integration_point = flags.mathml_annotation_xml_integration_point;
        Rc::new(Element::new(&self.counts, name, is_integration_point))
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.node(text.len());
        Rc::clone(&self.document)
    }

    fn create_pi(&self, _target: StrTendril, data: StrTendril) -> Handle {
        self.create_comment(data)
    }

    fn append(&self, _parent: &Handle, _child: NodeOrText<Handle>) {}

    fn append_based_on_parent_node(
        &self,
        _element: &Handle,
        _before: &Handle,
        _child: NodeOrText<Handle>,
    ) {
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        Rc::clone(target)
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, _sibling: &Handle, _new: NodeOrText<Handle>) {}

    fn add_attrs_if_missing(&self, _target: &Handle, attributes: Vec<Attribute>) {
        self.counts.added.set(self.counts.added.get() + attributes.len());
    }

    fn remove_from_parent(&self, _target: &Handle) {}

    fn reparent_children(&self, _node: &Handle, _new_parent: &Handle) {}

    fn is_mathml_annotation_xml_integration_point(&self, handle: &Handle) -> bool {
        handle.is_integration_point
    }
}
