//! The icons: outlines on a grid of 16, in the colour of the text around them.
//!
//! They are decoration (`aria-hidden`): the words beside them, or the button's label, say the same.

use crate::dom::prelude::*;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Close.
    Close,
    /// Done.
    Check,
    /// A filled dot: it goes on.
    Dot,
    /// Failed.
    Cross,
    /// Attention.
    Warning,
    /// A remark.
    Info,
    /// Run.
    Play,
    /// Stop.
    Stop,
    /// Search.
    Search,
    /// Previous match.
    Up,
    /// Next match.
    Down,
    /// Copy.
    Copy,
    /// Download.
    Download,
    /// Break long lines.
    Wrap,
    /// Opens another tab.
    External,
    /// A folder.
    Folder,
    /// A file.
    File,
}

impl Icon {
    /// The outline, and whether it is filled.
    fn outline(self) -> (&'static str, bool) {
        match self {
            Self::Close => ("M3.5 3.5l9 9M12.5 3.5l-9 9", false),
            Self::Check => ("M3 8.5l3.5 3.5L13 4.5", false),
            Self::Dot => ("M8 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8z", true),
            Self::Cross => ("M4 4l8 8M12 4l-8 8", false),
            Self::Warning => ("M8 2l6.5 12h-13zM8 6.5v3.5M8 11.8v.4", false),
            Self::Info => (
                "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 7.2v4M8 4.8v.4",
                false,
            ),
            Self::Play => ("M4 2.5v11l9-5.5z", true),
            Self::Stop => ("M3.5 3.5h9v9h-9z", true),
            Self::Search => (
                "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.4 3.4",
                false,
            ),
            Self::Up => ("M3.5 10L8 5.5l4.5 4.5", false),
            Self::Down => ("M3.5 6L8 10.5 12.5 6", false),
            Self::Copy => ("M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3", false),
            Self::Download => ("M8 2v8m0 0L4.8 6.8M8 10l3.2-3.2M2.5 13.5h11", false),
            Self::Wrap => (
                "M2.5 3.5h11M2.5 8h8.7a2.3 2.3 0 0 1 0 4.6H8m0 0l1.8-1.8M8 12.6l1.8 1.8M2.5 12.5h2.7",
                false,
            ),
            Self::Folder => ("M1.8 4.2v8.6h12.4V5.4H8L6.6 3.4H1.8z", false),
            Self::File => ("M3.5 1.8h6l3 3v9.4h-9zM9.3 1.8v3.4h3.2", false),
            Self::External => ("M9.5 2.5h4v4M13.5 2.5L7.5 8.5M11.5 9.5v4h-9v-9h4", false),
        }
    }
}

/// Draws an icon, 16 CSS pixels wide.
pub fn icon(icon: Icon) -> View {
    let (outline, filled) = icon.outline();
    let (fill, stroke) = if filled {
        ("currentColor", "none")
    } else {
        ("none", "currentColor")
    };
    svg()
        .attr("class", "icon")
        .attr("viewBox", "0 0 16 16")
        .attr("width", "16")
        .attr("height", "16")
        .attr("aria-hidden", "true")
        .attr("fill", fill)
        .attr("stroke", stroke)
        .attr("stroke-width", "1.5")
        .child(path().attr("d", outline))
        .into_any()
}
