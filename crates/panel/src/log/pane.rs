//! The log of the run at hand: its lines, its rows and its painter, drawn at most once a frame.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use messages::engine::LogLine;
use ui::dom::prelude::*;
use web_sys::HtmlElement;

use super::lines::Lines;
use super::painter::{Painter, ROW_HEIGHT};
use super::rows::{Filter, Match, Rows};
use super::search::Needle;
use super::window::Scene;

/// What the bar above the log tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of lines, shown or not.
    pub lines: usize,
    /// How many of them are no longer kept.
    pub gone: usize,
    /// Number of matches.
    pub matches: usize,
    /// The match that is pointed at, from 0.
    pub current: Option<usize>,
}

#[derive(Default)]
struct Inner {
    run: RefCell<String>,
    lines: RefCell<Lines>,
    rows: RefCell<Rows>,
    painter: RefCell<Option<Painter>>,
    current: Cell<Option<usize>>,
    /// Where the scroll bar stood when the list was last drawn or scrolled, in CSS pixels.
    top: Cell<i32>,
    /// The place of the list that the window begins with. The scroll bar alone does not tell it: what a
    /// step of it means changes with the length of a very long list.
    place: Cell<f64>,
    /// The list as it was drawn last.
    scene: Cell<Option<Scene>>,
    scheduled: Cell<bool>,
}

/// The log of the run at hand.
#[derive(Clone, Copy)]
pub struct Pane {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// What the bar tells.
    pub summary: RwSignal<Summary>,
    /// Whether the newest line stays in view.
    pub follow: RwSignal<bool>,
    /// Whether long lines are broken.
    pub wrap: RwSignal<bool>,
}

impl std::fmt::Debug for Pane {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pane")
    }
}

impl Pane {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inner: StoredValue::new_local(Rc::default()),
            summary: RwSignal::default(),
            follow: RwSignal::new(true),
            wrap: RwSignal::new(false),
        }
    }

    fn inner(self) -> Option<Rc<Inner>> {
        self.inner.try_get_value()
    }

    /// The log of this run from its beginning; nothing happens when it is shown already.
    pub fn begin(self, run: &str) {
        if let Some(inner) = self.inner()
            && *inner.run.borrow() != run
        {
            self.replace(run, &[]);
        }
    }

    /// All of a run's log, in place of what was there.
    pub fn replace(self, run: &str, lines: &[LogLine]) {
        let Some(inner) = self.inner() else { return };
        run.clone_into(&mut inner.run.borrow_mut());
        *inner.lines.borrow_mut() = Lines::default();
        inner.rows.borrow_mut().forget_from(0);
        if let Some(painter) = inner.painter.borrow_mut().as_mut() {
            painter.forget();
        }
        inner.current.set(None);
        self.follow.set(true);
        self.append(run, lines);
    }

    /// New lines of a run; those of another run than the one at hand are not shown.
    pub fn append(self, run: &str, lines: &[LogLine]) {
        let Some(inner) = self.inner() else { return };
        if *inner.run.borrow() != run {
            return;
        }
        let mut all = inner.lines.borrow_mut();
        let first = all.is_empty() && !lines.is_empty();
        let before = all.gone();
        let mut rows = inner.rows.borrow_mut();
        for line in lines {
            rows.forget_from(all.push(line));
        }
        if all.gone() > before {
            let (rows, matches) = rows.forget_before(all.gone());
            self.lost(&inner, rows, matches);
        }
        drop((all, rows));
        if first {
            // What a person waits for most comes without waiting for the next frame.
            self.draw(&inner);
        } else {
            self.redraw();
        }
    }

    /// The first rows and matches are gone: what a person looks at stays where it is.
    fn lost(self, inner: &Inner, rows: usize, matches: usize) {
        let current = inner.current.get();
        inner
            .current
            .set(current.and_then(|at| at.checked_sub(matches)));
        #[allow(clippy::cast_precision_loss)] // pixels
        let height = rows as f64 * ROW_HEIGHT;
        inner.place.set((inner.place.get() - height).max(0.0));
    }

    /// Draws into this element from now on.
    pub fn mount(self, scroller: HtmlElement) {
        let Some(inner) = self.inner() else { return };
        inner.painter.replace(Painter::new(scroller).ok());
        self.redraw();
    }

    /// Shows other streams.
    pub fn set_filter(self, filter: Filter) {
        self.change(|inner| inner.rows.borrow_mut().set_filter(filter));
    }

    /// Searches, and points at the first match from where the person looks.
    pub fn search(self, text: &str) {
        let needle = Needle::new(text);
        let searching = needle.is_some();
        self.change(|inner| {
            inner.rows.borrow_mut().set_needle(needle);
            if let Some(painter) = inner.painter.borrow_mut().as_mut() {
                painter.forget_marks();
            }
        });
        let Some(inner) = self.inner() else { return };
        inner.rows.borrow_mut().extend(&inner.lines.borrow());
        inner.current.set(None);
        if searching {
            let at = first_in_view(&inner);
            self.point_at(at);
        }
    }

    /// Points at the next match, or at the one before; from the last it goes on at the first.
    pub fn step(self, forward: bool) {
        let Some(inner) = self.inner() else { return };
        let count = inner.rows.borrow().matches().len();
        if count == 0 {
            return;
        }
        let at = match (inner.current.get(), forward) {
            (None, _) => first_in_view(&inner),
            (Some(at), true) => Some((at + 1) % count),
            (Some(at), false) => Some((at + count - 1) % count),
        };
        self.point_at(at);
    }

    fn point_at(self, at: Option<usize>) {
        let Some(inner) = self.inner() else { return };
        inner.current.set(at);
        let rows = inner.rows.borrow();
        if let (Some(found), Some(painter)) = (
            current_match(&inner, &rows),
            inner.painter.borrow().as_ref(),
        ) {
            self.follow.set(false);
            // Rows that just came are not laid out before the next frame.
            let _ = painter.stretch(&rows);
            inner
                .place
                .set(painter.scene(&rows).centre(rows.row_of(found)));
        }
        drop(rows);
        self.redraw();
    }

    /// Breaks long lines, or no longer.
    pub fn toggle_wrap(self) {
        self.wrap.update(|wrap| *wrap = !*wrap);
        self.redraw();
    }

    /// The newest line comes and stays in view.
    pub fn jump_to_end(self) {
        self.follow.set(true);
        self.redraw();
    }

    /// The person scrolled: following ends away from the end, and goes on at the end.
    pub fn scrolled(self) {
        let Some(inner) = self.inner() else { return };
        if let Some(painter) = inner.painter.borrow().as_ref() {
            let it = painter.scroller();
            let left = it.scroll_height() - it.scroll_top() - it.client_height();
            let (at_end, up) = (left <= 4, it.scroll_top() < inner.top.get() - 1);
            moved(&inner, it.scroll_top());
            // A box that only became smaller is not at its end either; nobody scrolled it.
            let follow = at_end || (self.follow.get_untracked() && !up);
            if self.follow.get_untracked() != follow {
                self.follow.set(follow);
            }
        }
        self.redraw();
    }

    /// The text of what is shown.
    #[must_use]
    pub fn text(self) -> String {
        self.inner().map_or_else(String::new, |inner| {
            let filter = inner.rows.borrow().filter();
            inner.lines.borrow().to_text(|stream| filter.shows(stream))
        })
    }

    fn change(self, change: impl FnOnce(&Inner)) {
        if let Some(inner) = self.inner() {
            change(&inner);
            self.redraw();
        }
    }

    /// Draws in the next frame, however often it is called before.
    pub fn redraw(self) {
        let Some(inner) = self.inner() else { return };
        if !inner.scheduled.replace(true) {
            request_animation_frame(move || {
                inner.scheduled.set(false);
                self.draw(&inner);
            });
        }
    }

    fn draw(self, inner: &Inner) {
        let lines = inner.lines.borrow();
        let mut rows = inner.rows.borrow_mut();
        let mut painter = inner.painter.borrow_mut();
        if let Some(painter) = painter.as_mut() {
            let wrap = self.wrap.get_untracked();
            if rows.set_columns(wrap.then(|| painter.columns())) {
                painter.forget();
            }
            rows.extend(&lines);
            if !self.follow.get_untracked() {
                moved(inner, painter.scroller().scroll_top());
            }
            let _ = painter.stretch(&rows);
            let scene = painter.scene(&rows);
            if self.follow.get_untracked() {
                inner.place.set(f64::INFINITY);
            }
            let place = scene.clamped(inner.place.get());
            inner.place.set(place);
            inner.scene.set(Some(scene));
            let scroller = painter.scroller();
            #[allow(clippy::cast_possible_truncation)] // below 15 million
            let top = scene.scroll_top(place).round() as i32;
            if self.follow.get_untracked() {
                scroller.set_scroll_top(scroller.scroll_height());
            } else if scroller.scroll_top() != top {
                scroller.set_scroll_top(top);
            }
            inner.top.set(scroller.scroll_top());
            let _ = painter.paint(&lines, &rows, current_match(inner, &rows), place);
        }
        let summary = Summary {
            lines: lines.len(),
            gone: lines.gone(),
            matches: rows.matches().len(),
            current: inner.current.get(),
        };
        drop((lines, rows, painter));
        if self.summary.get_untracked() != summary {
            self.summary.set(summary);
        }
    }
}

impl Default for Pane {
    fn default() -> Self {
        Self::new()
    }
}

/// The scroll bar may have been moved since the list was drawn.
fn moved(inner: &Inner, top: i32) {
    if top != inner.top.replace(top)
        && let Some(scene) = inner.scene.get()
    {
        inner.place.set(scene.place(f64::from(top)));
    }
}

fn current_match(inner: &Inner, rows: &Rows) -> Option<Match> {
    rows.matches().get(inner.current.get()?).copied()
}

/// The first match at or below the top of the window, or else the first of all.
fn first_in_view(inner: &Inner) -> Option<usize> {
    let rows = inner.rows.borrow();
    if rows.matches().is_empty() {
        return None;
    }
    let painter = inner.painter.borrow();
    let top = painter.as_ref().and_then(|painter| {
        let scene = painter.scene(&rows);
        rows.all().get(scene.row_at(inner.place.get())).copied()
    })?;
    let at = rows.matches().partition_point(|found| *found < top);
    Some(if at < rows.matches().len() { at } else { 0 })
}
