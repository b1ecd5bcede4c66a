//! Draws the rows that stand in the window into a few elements that are used again and again.
//!
//! By hand and not by the view library: this runs in every frame of a fast log.

use messages::engine::LogStream;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement};

use super::ansi::Style;
use super::lines::{Line, Lines};
use super::rows::{Match, Row, Rows};
use super::stretches::{Stretch, stretches};
use super::window::Scene;

/// Height of a row in CSS pixels; the style sheet's `.line` has the same.
pub(super) const ROW_HEIGHT: f64 = 19.0;

/// A class for each of the sixteen colours.
const COLORS: [&str; 16] = [
    "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14",
    "c15",
];

/// What an element shows now; equal means that it need not be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Filled {
    row: Row,
    revision: u32,
    query: u32,
    current: Option<Match>,
}

struct RowElement {
    row: Element,
    time: Element,
    source: Element,
    text: Element,
    filled: Option<Filled>,
}

/// The elements of the log, and what they show.
pub(super) struct Painter {
    document: Document,
    scroller: HtmlElement,
    spacer: HtmlElement,
    rows: HtmlElement,
    probe: Element,
    pool: Vec<RowElement>,
    query: u32,
}

impl std::fmt::Debug for Painter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Painter({} rows)", self.pool.len())
    }
}

impl Painter {
    /// Takes possession of the element that scrolls, which must be empty.
    ///
    /// # Errors
    /// What the browser throws when an element cannot be made; it has no reason to.
    pub(super) fn new(scroller: HtmlElement) -> Result<Self, JsValue> {
        let document = scroller
            .owner_document()
            .ok_or_else(|| JsValue::from_str("no document"))?;
        let spacer: HtmlElement = element(&document, "div", "spacer")?.unchecked_into();
        let rows: HtmlElement = element(&document, "div", "rows")?.unchecked_into();
        let probe = element(&document, "div", "probe")?;
        let inner = row_element(&document)?;
        inner.text.set_text_content(Some(&"0".repeat(100)));
        inner.row.set_class_name("row-shape");
        probe.set_attribute("aria-hidden", "true")?;
        probe.append_child(&inner.row)?;
        spacer.append_child(&rows)?;
        scroller.append_child(&spacer)?;
        scroller.append_child(&probe)?;
        Ok(Self {
            document,
            scroller,
            spacer,
            rows,
            probe: inner.text,
            pool: Vec::new(),
            query: 0,
        })
    }

    /// The element that scrolls.
    #[must_use]
    pub(super) fn scroller(&self) -> &HtmlElement {
        &self.scroller
    }

    /// How the rows stand now.
    #[must_use]
    pub(super) fn scene(&self, rows: &Rows) -> Scene {
        Scene {
            rows: rows.all().len(),
            row_height: ROW_HEIGHT,
            window: f64::from(self.scroller.client_height()),
        }
    }

    /// Characters that fit into a row.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small and not negative
    pub(super) fn columns(&self) -> usize {
        let text = self.probe.get_bounding_client_rect();
        let left = text.left() - self.scroller.get_bounding_client_rect().left();
        let room = f64::from(self.scroller.client_width()) - left - 12.0;
        let character = text.width() / 100.0;
        if character > 0.0 {
            (room / character).max(0.0) as usize
        } else {
            0
        }
    }

    /// The needle changed: marks that stand are wrong.
    pub(super) fn forget_marks(&mut self) {
        self.query = self.query.wrapping_add(1);
    }

    /// Other lines: nothing that stands is right.
    pub(super) fn forget(&mut self) {
        for row in &mut self.pool {
            row.filled = None;
        }
    }

    /// Gives the list its height; the scroll position can then be set.
    ///
    /// # Errors
    /// As [`Painter::new`].
    pub(super) fn stretch(&self, rows: &Rows) -> Result<(), JsValue> {
        let height = self.scene(rows).height();
        self.spacer
            .style()
            .set_property("height", &format!("{height}px"))
    }

    /// Draws the window that begins with a place of the list.
    ///
    /// # Errors
    /// As [`Painter::new`].
    pub(super) fn paint(
        &mut self,
        lines: &Lines,
        rows: &Rows,
        current: Option<Match>,
        place: f64,
    ) -> Result<(), JsValue> {
        let scroll_top = f64::from(self.scroller.scroll_top());
        let cut = self.scene(rows).cut(place, scroll_top);
        let shown = rows.all().get(cut.first..cut.end).unwrap_or_default();
        self.rows
            .style()
            .set_property("transform", &format!("translateY({}px)", cut.top))?;
        while self.pool.len() < shown.len() {
            let element = row_element(&self.document)?;
            self.rows.append_child(&element.row)?;
            self.pool.push(element);
        }
        for unused in self.pool.drain(shown.len()..) {
            unused.row.remove();
        }
        for (element, row) in self.pool.iter_mut().zip(shown) {
            let Some(line) = lines.get(row.line as usize) else {
                continue;
            };
            let filled = Filled {
                row: *row,
                revision: line.revision,
                query: self.query,
                current: current.filter(|current| current.line == row.line),
            };
            if element.filled != Some(filled) {
                fill(&self.document, element, line, *row, rows, current)?;
                element.filled = Some(filled);
            }
        }
        Ok(())
    }
}

fn fill(
    document: &Document,
    element: &RowElement,
    line: &Line,
    row: Row,
    rows: &Rows,
    current: Option<Match>,
) -> Result<(), JsValue> {
    let begins = row.start == 0;
    let (stream, source) = match line.stream {
        LogStream::Stdout => ("stdout", ""),
        LogStream::Stderr => ("stderr", "err"),
        LogStream::Install => ("install", "pip"),
        LogStream::Note => ("note", "e2b"),
    };
    element.row.set_attribute("data-stream", stream)?;
    let time = ui::format::log_time(line.t);
    element
        .time
        .set_text_content(begins.then_some(time.as_str()));
    element.source.set_text_content(begins.then_some(source));
    let text = &line.text.text;
    let (start, end, cut) = rows.extent(row, text);
    let stretches = stretches(&line.text, start..end, rows.needle());
    if let [plain] = stretches.as_slice()
        && plain.style.is_plain()
        && plain.found.is_none()
    {
        element.text.set_text_content(text.get(plain.range.clone()));
    } else {
        element.text.set_text_content(None);
        for stretch in &stretches {
            let span = self::element(document, "span", &class_of(stretch, row.line, current))?;
            span.set_text_content(text.get(stretch.range.clone()));
            element.text.append_child(&span)?;
        }
    }
    if cut {
        let rest = self::element(document, "span", "cut")?;
        rest.set_text_content(Some(" … longer; press Wrap to see all"));
        element.text.append_child(&rest)?;
    }
    Ok(())
}

fn class_of(stretch: &Stretch, line: u32, current: Option<Match>) -> String {
    let Style { color, bold } = stretch.style;
    let mut class = Vec::new();
    if let Some(color) = color.and_then(|color| COLORS.get(usize::from(color))) {
        class.push(*color);
    }
    if bold {
        class.push("bold");
    }
    if let Some(found) = stretch.found {
        class.push("found");
        let here = current.is_some_and(|it| it.line == line && it.start as usize == found);
        if here {
            class.push("current");
        }
    }
    class.join(" ")
}

fn row_element(document: &Document) -> Result<RowElement, JsValue> {
    let row = element(document, "div", "line")?;
    let time = element(document, "span", "t")?;
    let source = element(document, "span", "source")?;
    let text = element(document, "span", "text")?;
    row.append_with_node_3(&time, &source, &text)?;
    Ok(RowElement {
        row,
        time,
        source,
        text,
        filled: None,
    })
}

fn element(document: &Document, tag: &str, class: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    element.set_class_name(class);
    Ok(element)
}
