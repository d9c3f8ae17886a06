//! Files as cameras, browsers, instruments and accidents make them.

use std::path::PathBuf;

use lime_image::{Decoder, Error, Image, Note, Segments, decode, encode_segments, load, load_segments, save_segments};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/view.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/files").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

fn shape(image: &Image) -> [usize; 3] {
    [image.height(), image.width(), image.channels()]
}

/// Pillow's `exif_transpose` of the same files.
#[test]
fn pictures_are_turned_upright() {
    for (number, expected) in (1_u8..).zip(reference()["orientation"].as_array().unwrap()) {
        let loaded = load(file(&format!("orientation{number}.png"))).unwrap();
        let size = numbers(&expected["size"]);
        assert_eq!([loaded.image.height() as f32, loaded.image.width() as f32], size[..], "{number}");
        assert_eq!(loaded.image.values(), numbers(&expected["values"]), "{number}");
        let notes = if number == 1 { vec![] } else { vec![Note::Turned { orientation: number }] };
        assert_eq!(loaded.notes, notes);
    }
}

#[test]
fn photographs_are_turned_upright() {
    let flat = load(file("orientation1.jpg")).unwrap();
    let turned = load(file("orientation6.jpg")).unwrap();
    assert_eq!((shape(&flat.image), shape(&turned.image)), ([16, 24, 3], [24, 16, 3]));
    assert_eq!(turned.notes, [Note::Turned { orientation: 6 }]);
    assert!(turned.notes[0].to_string().contains("orientation 6"));
    // Six is a quarter turn to the right: the bottom left corner, black, comes to the top left, and red to its right.
    let near = |pixel: &[f32], colour: [f32; 3]| pixel.iter().zip(colour).all(|(a, b)| (a - b).abs() < 12.0);
    assert!(near(flat.image.pixel(3, 3), [250.0, 0.0, 0.0]));
    assert!(near(turned.image.pixel(3, 3), [0.0; 3]), "{:?}", turned.image.pixel(3, 3));
    assert!(near(turned.image.pixel(3, 12), [250.0, 0.0, 0.0]));
}

#[test]
fn channels_and_depths_are_the_files() {
    let gray = load(file("gray.png")).unwrap().image;
    assert_eq!((shape(&gray), gray.values()), ([1, 3, 1], &[9.0, 8.0, 7.0][..]));
    let alpha = load(file("gray_alpha.png")).unwrap().image;
    assert_eq!((shape(&alpha), alpha.values()), ([1, 2, 2], &[10.0, 128.0, 20.0, 255.0][..]));
    let deep = load(file("labels16.png")).unwrap().image;
    assert_eq!((deep.white(), deep.values()), (65535.0, &[0.0, 300.0, 65535.0, 300.0, 300.0, 7.0][..]));
    let mask = load(file("mask.png")).unwrap().image;
    assert_eq!(mask.values(), [255.0, 0.0, 0.0, 255.0]);
    let palette = load(file("palette.png")).unwrap().image;
    assert_eq!(palette.pixel(0, 1), [128.0, 0.0, 0.0]);
    let webp = load(file("still.webp")).unwrap();
    assert_eq!((webp.image.pixel(0, 0), &webp.notes), (&[250.0, 0.0, 0.0][..], &vec![]));
    let gif = load(file("still.gif")).unwrap();
    assert_eq!((gif.image.pixel(0, 0), &gif.notes), (&[200.0, 200.0, 200.0, 255.0][..], &vec![]));
}

#[test]
fn instruments_have_floating_point_and_bands() {
    let float = load(file("float.tiff")).unwrap().image;
    assert_eq!((shape(&float), float.white()), ([3, 2, 1], 1.0));
    assert_eq!(float.values(), [0.25, -3.5, 7.0, 1e-3, 0.5, 1.0]);
    let expected: Vec<f32> = (0_u8..30).map(|value| 1000.0 * f32::from(value)).collect();
    for name in ["bands.tiff", "planes.tiff"] {
        let bands = load(file(name)).unwrap().image;
        assert_eq!((shape(&bands), bands.white()), ([2, 3, 5], 65535.0), "{name}");
        assert_eq!(bands.values(), expected, "{name}");
    }
    let error = load(file("nan.tiff")).unwrap_err();
    let Error::InFile { name, source } = &error else { panic!("{error}") };
    assert!(name.ends_with("nan.tiff"));
    assert!(matches!(**source, Error::NotFinite { row: 1, column: 1, channel: 0, .. }));
    assert!(error.to_string().contains("row 1, column 1"), "{error}");
}

#[test]
fn the_first_of_several_pictures_is_used_and_said_so() {
    for (name, format) in
        [("animated.gif", "GIF"), ("animated.webp", "WebP"), ("animated.png", "PNG"), ("pages.tiff", "TIFF")]
    {
        let loaded = load(file(name)).unwrap();
        assert_eq!(loaded.notes, [Note::FirstOfSeveral { format }], "{name}");
        assert_eq!(shape(&loaded.image)[..2], [4, 5], "{name}");
        assert!(loaded.image.values().chunks(loaded.image.channels()).all(|pixel| pixel[0] == 200.0), "{name}");
    }
}

/// Every file cut at every byte is a picture or an error, and no picture that lacks a part of itself.
#[test]
fn files_cut_off_are_refused() {
    for name in [
        "gray.png",
        "orientation1.png",
        "orientation6.jpg",
        "progressive.jpg",
        "still.gif",
        "still.webp",
        "float.tiff",
        "planes.tiff",
        "pages.tiff",
    ] {
        let whole = bytes(name);
        let image = decode(&whole).unwrap().image;
        for end in 0..whole.len() {
            match decode(&whole[..end]) {
                Ok(loaded) => assert_eq!(loaded.image, image, "{name} cut at {end} of {}", whole.len()),
                Err(Error::EmptyFile { .. }) => assert_eq!(end, 0),
                Err(Error::NotAPicture { .. }) => assert!(end < 16, "{name} cut at {end}"),
                Err(Error::Damaged { .. } | Error::UnsupportedPicture { .. }) => {}
                Err(other) => panic!("{name} cut at {end}: {other}"),
            }
        }
        if name == "pages.tiff" {
            continue;
        }
        let half = &whole[..whole.len() - whole.len() / 4];
        let error = decode(half).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{name}: {error}");
        assert!(error.to_string().starts_with("the picture is damaged or cut off ("), "{error}");
    }
}

/// Bytes changed here and there never panic.
#[test]
fn damaged_files_do_not_panic() {
    for name in [
        "gray.png",
        "animated.png",
        "orientation6.jpg",
        "progressive.jpg",
        "animated.gif",
        "animated.webp",
        "float.tiff",
        "bands.tiff",
        "planes.tiff",
        "palette.png",
    ] {
        let whole = bytes(name);
        for at in 0..whole.len() {
            for value in [0, 1, 127, 255, whole[at] ^ 0x10] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = Decoder::new().limit(1 << 24).decode(&changed);
                let _ = Decoder::new().limit(1 << 24).decode_segments(&changed);
            }
        }
    }
}

#[test]
fn what_is_no_picture_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.png");
    let name = path.display().to_string();
    let absent = load(&path).unwrap_err();
    assert!(matches!(&absent, Error::Read { name: found, .. } if *found == name));
    std::fs::write(&path, "").unwrap();
    assert_eq!(load(&path).unwrap_err(), Error::EmptyFile { name: name.clone() });
    std::fs::write(&path, "a cat, mostly\n").unwrap();
    assert_eq!(load(&path).unwrap_err(), Error::NotAPicture { name: name.clone(), found: "a text".into() });
    std::fs::write(&path, b"BM\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    let bitmap = load(&path).unwrap_err().to_string();
    assert_eq!(
        bitmap,
        format!("{name} is a picture of the kind Bmp, which is not read: convert it to PNG, JPEG, WebP, TIFF or GIF")
    );
    assert!(matches!(load(directory.path()), Err(Error::Read { .. })));
    // The name does not matter, the content does.
    std::fs::copy(file("orientation1.jpg"), &path).unwrap();
    assert_eq!(shape(&load(&path).unwrap().image), [16, 24, 3]);
}

/// A header that claims 60000 x 60000 pixels, with its checksum.
fn bomb() -> Vec<u8> {
    let mut png = Image::from_u8(1, 1, 3, &[0; 3]).unwrap().encode_png().unwrap();
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let mut crc = u32::MAX;
    for &byte in &png[12..29] {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let error = decode(&bomb()).unwrap_err();
    let expected = Error::PictureLimit {
        name: "the picture".into(),
        height: 60_000,
        width: 60_000,
        channels: 3,
        needed: 43_200_000_000,
        limit: 512 << 20,
    };
    assert_eq!(error, expected);
    assert!(error.to_string().contains("536870912 are allowed"));
    let small = bytes("gray.png");
    assert!(Decoder::new().limit(12).decode(&small).is_ok());
    assert!(matches!(Decoder::new().limit(11).decode(&small), Err(Error::PictureLimit { .. })));
    assert!(matches!(Decoder::new().limit(119).decode(&bytes("bands.tiff")), Err(Error::PictureLimit { .. })));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long.png");
    std::fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    assert!(matches!(Decoder::new().limit(1 << 21).load(&path), Err(Error::FileLimit { limit: 2_097_152, .. })));
}

#[test]
fn label_maps_are_read_by_value_or_colour() {
    let labels = load_segments(file("labels16.png")).unwrap();
    assert_eq!(labels.ids(), [0, 7, 300, 65535]);
    assert_eq!(labels.labels(), [0, 2, 3, 2, 2, 1]);
    let palette = load_segments(file("palette.png")).unwrap();
    assert_eq!(palette.ids(), [0, 128 << 8, 128 << 16]);
    assert_eq!(palette.labels(), [0, 2, 2, 1, 1, 0]);
    assert_eq!(load_segments(file("mask.png")).unwrap().ids(), [0, 255]);
    let deep = Image::from_u16(1, 2, 3, &[1, 0, 2, 0, 1, 0]).unwrap().encode_png().unwrap();
    assert_eq!(Decoder::new().decode_segments(&deep).unwrap().ids(), [65_536, (1_i64 << 32) + 2]);
    let jpeg = load_segments(file("orientation1.jpg")).unwrap_err();
    assert!(matches!(&jpeg, Error::LabelFile { reason, .. } if reason.contains("JPEG")));
    let float = load_segments(file("float.tiff")).unwrap_err();
    assert!(matches!(&float, Error::LabelFile { reason, .. } if reason.contains("row 0, column 0 is 0.25")));
    assert!(matches!(load_segments(file("bands.tiff")), Err(Error::LabelFile { .. })));
}

#[test]
fn label_maps_come_back_from_their_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("labels.png");
    let segments = Segments::new(2, 3, &[40, -5, -5, 700_000, 40, 40]).unwrap();
    save_segments(&path, &segments).unwrap();
    let back = load_segments(&path).unwrap();
    assert_eq!((back.labels(), back.ids()), (segments.labels(), &[0, 1, 2][..]));
    assert_eq!(load(&path).unwrap().image.white(), 65535.0);
    let count = 65_537;
    let ids: Vec<u32> = (0..count).collect();
    let many = Segments::new(1, ids.len(), &ids).unwrap();
    assert_eq!(encode_segments(&many).unwrap_err(), Error::TooManySegments { count: ids.len() });
    assert!(encode_segments(&Segments::new(1, 65_536, &ids[..65_536]).unwrap()).is_ok());
}

#[test]
fn files_appear_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.png");
    let image = Image::from_u8(2, 2, 4, &(0..16).collect::<Vec<u8>>()).unwrap();
    image.save_png(&path).unwrap();
    assert_eq!(load(&path).unwrap().image, image);
    let five = Image::from_u8(1, 1, 5, &[0; 5]).unwrap();
    assert!(matches!(five.save_png(&path), Err(Error::Channels { channels: 5, .. })));
    assert_eq!(load(&path).unwrap().image, image);
    let nowhere = image.save_png(directory.path().join("no/such/place.png")).unwrap_err();
    assert!(matches!(&nowhere, Error::Write { name, .. } if name.ends_with("place.png")));
    assert!(matches!(image.save_png(directory.path()), Err(Error::Write { .. })));
    // Nothing is left beside them.
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn depths_survive_and_values_are_cut_to_white() {
    let deep = Image::from_u16(1, 2, 2, &[1, 65535, 300, 0]).unwrap();
    assert_eq!(decode(&deep.encode_png().unwrap()).unwrap().image, deep);
    let float = Image::from_f32(1, 4, 1, vec![-1.0, 0.5, 1.0, 7.0]).unwrap();
    let read = decode(&float.encode_png().unwrap()).unwrap().image;
    assert_eq!(read.values(), [0.0, 32768.0, 65535.0, 65535.0]);
    let bytes = Image::new(1, 3, 1, 255.0, vec![-3.0, 7.6, 300.0]).unwrap();
    assert_eq!(decode(&bytes.encode_png().unwrap()).unwrap().image.values(), [0.0, 8.0, 255.0]);
}

/// Pillow 13's BILINEAR, in floating point, up and down and of any number of channels.
#[test]
fn sizes_are_pillows() {
    let reference = &reference()["resize"];
    let plane = numbers(&reference["values"]);
    // Values beyond 0 and 1 and white, and a channel of one value.
    let values = plane.iter().flat_map(|&value| [value, 500.0 - 3.0 * value, 4.0, value, value / 255.0]).collect();
    let image = Image::new(9, 14, 5, 255.0, values).unwrap();
    for case in reference["cases"].as_array().unwrap() {
        let size = case["size"].as_array().unwrap();
        let [height, width] = [&size[0], &size[1]].map(|side| usize::try_from(side.as_u64().unwrap()).unwrap());
        let resized = image.resize(height, width).unwrap();
        assert_eq!(shape(&resized), [height, width, 5]);
        for (pixel, expected) in resized.values().chunks(5).zip(numbers(&case["values"])) {
            let all = [expected, 500.0 - 3.0 * expected, 4.0, expected, expected / 255.0];
            for (found, expected) in pixel.iter().zip(all) {
                assert!((found - expected).abs() < 1e-3, "{height} x {width}: {found} is not {expected}");
            }
        }
    }
    assert_eq!(image.resize(9, 14).unwrap(), image);
    assert!(matches!(image.resize(0, 3), Err(Error::Empty { .. })));
    assert!(matches!(image.resize(1 << 20, 1 << 20), Err(Error::TooLarge { .. })));
}
