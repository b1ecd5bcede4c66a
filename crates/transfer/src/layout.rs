//! How a file is cut for the way that the provider takes it.

use thiserror::Error;

/// One mebibyte.
const MIB: u64 = 1 << 20;

/// The size that is wanted of parts that go side by side. Larger ones lose more when a connection
/// breaks and take more memory for their checksum, smaller ones cost a request each.
pub const PART: u64 = 8 * MIB;

/// The size that is wanted of parts that go one after the other: between two of them the line rests
/// for a round trip.
pub const SEQUENTIAL_PART: u64 = 16 * MIB;

/// What a provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Bytes of a part as long as they fit: [`PART`] or [`SEQUENTIAL_PART`].
    pub part: u64,
    /// Bytes of the largest object by one request.
    pub single_max: u64,
    /// Bytes of the smallest part, the last one excepted.
    pub part_min: u64,
    /// Bytes of the largest part.
    pub part_max: u64,
    /// Every part but the last is a multiple of this many bytes.
    pub part_multiple: u64,
    /// The largest number of parts.
    pub parts_max: u32,
    /// Bytes of the largest object.
    pub object_max: u64,
}

/// How a file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// By one request.
    Whole,
    /// In parts of this many bytes; the last one is what is left.
    Parts {
        /// Bytes of each part but the last.
        size: u64,
    },
}

/// The provider does not take a file of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{bytes} bytes are more than the {max} that the cloud storage takes")]
pub struct TooLarge {
    /// Bytes of the file.
    pub bytes: u64,
    /// The most that it takes.
    pub max: u64,
}

/// Cuts a file of `bytes` bytes.
///
/// Up to [`Rules::part`] it goes whole: nothing would be saved. Above, parts are of that size, and
/// grow when there would be too many.
///
/// # Errors
/// [`TooLarge`] before anything is sent.
pub fn layout(bytes: u64, rules: &Rules) -> Result<Layout, TooLarge> {
    let too_large = |max| TooLarge { bytes, max };
    if bytes > rules.object_max {
        return Err(too_large(rules.object_max));
    }
    if bytes <= rules.part.min(rules.single_max) {
        return Ok(Layout::Whole);
    }
    let needed = bytes.div_ceil(u64::from(rules.parts_max.max(1)));
    let size = rules
        .part
        .max(needed)
        .max(rules.part_min)
        .next_multiple_of(rules.part_multiple.max(1));
    if size <= rules.part_max {
        return Ok(Layout::Parts { size });
    }
    let max = rules.part_max.saturating_mul(u64::from(rules.parts_max));
    Err(too_large(max.min(rules.object_max)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIB: u64 = 1 << 30;

    /// S3's (reference keboola §3.1).
    const S3: Rules = Rules {
        part: PART,
        single_max: 5 * GIB,
        part_min: 5 * MIB,
        part_max: 5 * GIB,
        part_multiple: 1,
        parts_max: 10_000,
        object_max: 5 * 1024 * GIB,
    };

    #[test]
    fn small_files_go_whole_and_parts_grow_with_the_file() {
        for (bytes, expected) in [
            (0, Layout::Whole),
            (1, Layout::Whole),
            (PART, Layout::Whole),
            (PART + 1, Layout::Parts { size: PART }),
            (PART * 10_000, Layout::Parts { size: PART }),
            (PART * 10_000 + 1, Layout::Parts { size: PART + 1 }),
        ] {
            assert_eq!(layout(bytes, &S3), Ok(expected), "{bytes}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_limit() {
        let error = layout(S3.object_max + 1, &S3).unwrap_err();
        assert_eq!(error.max, S3.object_max);
        let few = Rules {
            parts_max: 2,
            part_max: PART,
            ..S3
        };
        assert_eq!(layout(2 * PART, &few), Ok(Layout::Parts { size: PART }));
        assert_eq!(layout(2 * PART + 1, &few).unwrap_err().max, 2 * PART);
    }

    proptest! {
        #[test]
        fn parts_keep_every_rule(
            bytes in 0_u64..6 * 1024 * GIB,
            parts_max in 1_u32..60_000,
            multiple in prop::sample::select(vec![1_u64, 256 * 1024]),
        ) {
            let rules = Rules { parts_max, part_multiple: multiple, ..S3 };
            match layout(bytes, &rules) {
                Ok(Layout::Whole) => prop_assert!(bytes <= rules.single_max),
                Ok(Layout::Parts { size }) => {
                    prop_assert!(size >= rules.part_min && size <= rules.part_max);
                    prop_assert_eq!(size % multiple, 0);
                    prop_assert!(bytes.div_ceil(size) <= u64::from(parts_max));
                }
                Err(error) => prop_assert!(error.max < bytes + multiple * u64::from(parts_max)),
            }
        }
    }
}
