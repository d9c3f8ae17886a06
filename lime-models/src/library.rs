//! ONNX Runtime's shared library: where it is, whether it will do, and loading it once.

use std::collections::HashSet;
use std::env::{self, consts};
use std::error::Error as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::LoadDynamicError;

use crate::Error;
use crate::engine::guarded;

/// The variable that names the file.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// The oldest version that has the interface used here.
const NEEDED: [u32; 2] = [1, ort::MINOR_VERSION];

/// What became of loading the library. It is tried once in a process: after a failure the loader must not be asked for
/// anything more.
static LOADED: Mutex<Option<Result<(), Failure>>> = Mutex::new(None);

#[derive(Debug, Clone)]
struct Failure {
    path: PathBuf,
    /// The version, where it is the reason.
    version: Option<String>,
    reason: String,
}

/// Loads the library, unless it is.
pub(crate) fn load() -> Result<(), Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let result = match &*loaded {
        Some(result) => result.clone(),
        None => {
            // A library that is not found now may be later.
            let path = Places::of_this_process().library()?;
            loaded.insert(open(&path)).clone()
        }
    };
    result.map_err(|failure| match failure.version {
        Some(version) => too_old(failure.path, version),
        None => Error::Library { path: failure.path, reason: failure.reason },
    })
}

fn open(path: &Path) -> Result<(), Failure> {
    let failure = |version, reason| Failure { path: path.into(), version, reason };
    let opened = guarded(|| -> Result<Result<(), Failure>, String> {
        match ort::init_from(path) {
            // Nothing is to be sent or printed: what matters comes back as an error.
            Ok(environment) => {
                environment.with_name("lime").with_telemetry(false).with_logger(Arc::new(|_, _, _, _, _| {})).commit();
                ort::environment::Environment::current().map(|_| Ok(())).map_err(|error| error.to_string())
            }
            Err(LoadDynamicError::BadVersion { version_str, .. }) => Ok(Err(failure(Some(version_str), String::new()))),
            Err(LoadDynamicError::MissingApi { .. }) => Ok(Err(failure(None, "it exports no OrtGetApiBase".into()))),
            Err(LoadDynamicError::Dlopen { error, .. }) => Err(match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            }),
        }
    });
    opened.unwrap_or_else(|reason| Err(failure(None, reason)))
}

fn too_old(path: PathBuf, version: String) -> Error {
    Error::LibraryTooOld { path, version, needed: format!("{}.{}", NEEDED[0], NEEDED[1]) }
}

/// Where the library may be.
#[derive(Debug, Default)]
struct Places {
    /// The file that the variable names.
    named: Option<PathBuf>,
    /// Folders, with `*` for any text in a name.
    folders: Vec<PathBuf>,
}

impl Places {
    /// The folders of Python environments, and then those of the system.
    fn of_this_process() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let named = variable(VARIABLE).map(|path| std::path::absolute(&path).unwrap_or(path));
        let home = env::home_dir();
        let in_home = |path: &str| home.as_ref().map(|home| home.join(path));

        let mut prefixes: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(variable).collect();
        for bin in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
            let python = bin.join(if cfg!(windows) { "python.exe" } else { "python3" });
            if python.is_file() {
                let prefix = |path: &Path| Some(path.parent()?.parent()?.to_path_buf());
                prefixes.extend(prefix(&python));
                prefixes.extend(python.canonicalize().ok().and_then(|python| prefix(&python)));
            }
        }
        if cfg!(windows) {
            prefixes.extend(variable("LOCALAPPDATA").map(|data| data.join("Programs/Python/Python3*")));
        } else {
            prefixes.extend(in_home(".local"));
            prefixes.extend(variable("PYENV_ROOT").or_else(|| in_home(".pyenv")).map(|root| root.join("versions/*")));
            prefixes.extend(["/usr", "/usr/local", "/opt/homebrew"].map(PathBuf::from));
        }
        let packages = if cfg!(windows) { "Lib/site-packages" } else { "lib/python3*/site-packages" };
        let mut folders: Vec<PathBuf> = prefixes.iter().map(|prefix| prefix.join(packages)).collect();
        if cfg!(target_os = "linux") {
            // Debian's names.
            folders.extend(
                ["/usr/lib/python3*/dist-packages", "/usr/local/lib/python3*/dist-packages"].map(PathBuf::from),
            );
        }
        if cfg!(target_os = "macos") {
            folders.extend(in_home("Library/Python/3*/lib/python/site-packages"));
        }
        if cfg!(windows) {
            folders.extend(variable("APPDATA").map(|data| data.join("Python/Python3*/site-packages")));
        }
        folders.iter_mut().for_each(|folder| folder.push("onnxruntime/capi"));

        if !cfg!(windows) {
            let search = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
            folders
                .extend(env::split_paths(&env::var_os(search).unwrap_or_default()).filter(|path| path.is_absolute()));
            let system = ["/usr/lib", "/usr/lib64", "/usr/lib/*-linux-gnu", "/usr/local/lib", "/opt/homebrew/lib"];
            folders.extend(system.map(PathBuf::from));
        }
        let mut seen = HashSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        Places { named, folders }
    }

    /// The file that is named, or the newest of those in the folders. It is known to be a shared library of this machine, and
    /// not to be too old as far as its name says.
    fn library(&self) -> Result<PathBuf, Error> {
        if let Some(path) = &self.named {
            check(path)
                .map_err(|reason| Error::Library { path: path.clone(), reason: format!("{reason} ({VARIABLE})") })?;
            return not_too_old(path.clone());
        }
        let folders = self.folders.iter().flat_map(|folder| expanded(folder));
        let mut found: Vec<PathBuf> = folders.flat_map(|folder| libraries(&folder)).collect();
        // Of equal versions, the first.
        found.reverse();
        found.sort_by_key(|path| version(path));
        match found.iter().rev().find(|path| check(path).is_ok()) {
            Some(path) => not_too_old(path.clone()),
            None => match found.pop() {
                Some(path) => {
                    let reason = check(&path).err().unwrap_or_default();
                    Err(Error::Library { path, reason })
                }
                None => {
                    let there = self.folders.iter().filter(|folder| start(folder).is_dir());
                    Err(Error::LibraryMissing { looked: there.map(|folder| folder.display().to_string()).collect() })
                }
            },
        }
    }
}

fn not_too_old(path: PathBuf) -> Result<PathBuf, Error> {
    match version(&path) {
        Some(version) if version[..] < NEEDED[..] => {
            let version: Vec<String> = version.iter().map(u32::to_string).collect();
            Err(too_old(path, version.join(".")))
        }
        _ => Ok(path),
    }
}

/// The part of a path before the first name with `*`, or else all but `onnxruntime/capi`.
fn start(pattern: &Path) -> PathBuf {
    let names = pattern.components().take_while(|name| !name.as_os_str().to_string_lossy().contains('*'));
    let start: PathBuf = names.collect();
    start
        .ancestors()
        .nth(if start.ends_with("onnxruntime/capi") { 2 } else { 0 })
        .map_or(PathBuf::new(), Path::to_path_buf)
}

/// The folders that a path with `*` in its names stands for.
fn expanded(pattern: &Path) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::new()];
    for name in pattern.components() {
        let name = name.as_os_str();
        let Some((start, end)) = name.to_str().and_then(|name| name.split_once('*')) else {
            folders.iter_mut().for_each(|folder| folder.push(name));
            continue;
        };
        folders = folders
            .iter()
            .flat_map(|folder| entries(folder, |name| name.starts_with(start) && name.ends_with(end)))
            .collect();
    }
    folders
}

/// The entries of a folder whose names are wanted, sorted.
fn entries(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let named = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(&wanted));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The files in a folder that are named as the library is.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    entries(folder, |name| {
        if cfg!(windows) {
            name.eq_ignore_ascii_case("onnxruntime.dll")
        } else if cfg!(target_os = "macos") {
            let version = name.strip_prefix("libonnxruntime.").and_then(|rest| rest.strip_suffix("dylib"));
            version.is_some_and(|version| numbers(version.trim_end_matches('.')).is_some() || version.is_empty())
        } else {
            let version = name.strip_prefix("libonnxruntime.so");
            version.is_some_and(|version| version.is_empty() || numbers(version.trim_start_matches('.')).is_some())
        }
    })
}

/// The numbers of a version, `1.31.1`.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|number| number.parse().ok()).collect()
}

/// The version that a library's name says, or that of the file it leads to, or that of the Python package it is part of.
fn version(path: &Path) -> Option<Vec<u32>> {
    let named = |path: &Path| {
        let name = path.file_name()?.to_str()?.strip_prefix("libonnxruntime.")?;
        let version = name.strip_prefix("so.").or_else(|| name.strip_suffix(".dylib"))?;
        // The name of an interface, libonnxruntime.so.1, is no version.
        numbers(version).filter(|version| version.len() > 1)
    };
    let packaged = || {
        let packages = path.parent()?.parent()?.parent()?;
        let about = |name: &str| name.starts_with("onnxruntime") && name.ends_with(".dist-info");
        let about = entries(packages, about).pop()?;
        numbers(about.file_stem()?.to_str()?.rsplit('-').next()?)
    };
    named(path).or_else(|| named(&path.canonicalize().ok()?)).or_else(packaged)
}

/// Checks that a file starts as a shared library of this machine does. The loader is tried only once.
fn check(path: &Path) -> Result<(), String> {
    let mut start = [0; 20];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it is no shared library".into(),
        _ => error.to_string(),
    })?;
    let library = match consts::OS {
        "windows" => start.starts_with(b"MZ"),
        "macos" => [[0xcf, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe]].iter().any(|magic| start.starts_with(magic)),
        _ => start.starts_with(b"\x7fELF"),
    };
    if !library {
        return Err("it is no shared library".into());
    }
    let machine = match consts::ARCH {
        "x86_64" => 62,
        "aarch64" => 183,
        _ => return Ok(()),
    };
    if !["windows", "macos"].contains(&consts::OS) && u16::from_le_bytes([start[18], start[19]]) != machine {
        return Err(format!("it is a shared library of another machine than {}", consts::ARCH));
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The first bytes of this test, which is a program of this machine.
    fn header() -> Vec<u8> {
        let mut start = vec![0; 64];
        File::open(env::current_exe().unwrap()).unwrap().read_exact(&mut start).unwrap();
        start
    }

    fn place(root: &Path, path: &str, content: &[u8]) -> PathBuf {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn folders(root: &Path, folders: &[&str]) -> Places {
        Places { named: None, folders: folders.iter().map(|folder| root.join(folder)).collect() }
    }

    #[test]
    fn the_newest_library_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        place(root, "a/lib/python3.9/capi/libonnxruntime.so.1.9.0", &header());
        place(root, "a/lib/python3.12/capi/libonnxruntime.so.1.20.1", &header());
        let newest = place(root, "b/libonnxruntime.so.1.31.0", &header());
        let places = folders(root, &["a/lib/python3*/capi", "b", "no/such"]);
        assert_eq!(places.library().unwrap(), newest);
        // One that is no library of this machine is passed over, and so is another library.
        place(root, "b/libonnxruntime.so.1.32.0", b"text");
        place(root, "b/libonnxruntime_providers_shared.so", &header());
        let mut foreign = header();
        foreign[18] ^= 1;
        place(root, "b/libonnxruntime.so.1.33.0", &foreign);
        assert_eq!(places.library().unwrap(), newest);
        // A plain name is of the version that it leads to, or of its package.
        std::os::unix::fs::symlink("libonnxruntime.so.1.31.0", root.join("b/libonnxruntime.so")).unwrap();
        assert_eq!(version(&root.join("b/libonnxruntime.so")).unwrap(), [1, 31, 0]);
        let packaged = place(root, "c/onnxruntime/capi/libonnxruntime.so", &header());
        place(root, "c/onnxruntime-1.40.2.dist-info/METADATA", b"");
        assert_eq!(folders(root, &["b", "c/onnxruntime/capi"]).library().unwrap(), packaged);
    }

    #[test]
    fn libraries_that_will_not_do_are_errors() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let message = |places: Places| places.library().unwrap_err().to_string();
        fs::create_dir(root.join("a")).unwrap();
        let missing = message(folders(root, &["a/python3*/onnxruntime/capi", "a", "none", "none/*/a"]));
        assert!(missing.contains("a/python3*/onnxruntime/capi, ") && !missing.contains("none"), "{missing}");
        assert!(missing.contains("pip install onnxruntime"), "{missing}");
        assert!(missing.contains("ORT_DYLIB_PATH"), "{missing}");

        let old = place(root, "b/libonnxruntime.so.1.16.3", &header());
        let error = folders(root, &["b"]).library().unwrap_err();
        assert!(
            matches!(&error, Error::LibraryTooOld { version, needed, .. } if version == "1.16.3" && needed == "1.17")
        );
        let named = |path: PathBuf| Places { named: Some(path), folders: Vec::new() };
        assert!(matches!(named(old).library(), Err(Error::LibraryTooOld { .. })));

        let text = message(named(place(root, "libonnxruntime.so", b"this is a text and no library")));
        assert!(text.contains("it is no shared library (ORT_DYLIB_PATH)"), "{text}");
        let short = message(named(place(root, "short.so", b"\x7fELF")));
        assert!(short.contains("it is no shared library"), "{short}");
        assert!(message(named(root.join("none.so"))).contains("No such file"));
        assert!(message(named(root.into())).contains("directory"));
    }

    #[test]
    fn this_process_has_places_to_look() {
        let places = Places::of_this_process();
        assert!(places.folders.contains(&PathBuf::from("/usr/lib/python3*/site-packages/onnxruntime/capi")));
        assert!(places.folders.contains(&PathBuf::from("/usr/lib")));
    }
}
