#!/usr/bin/env python3
"""Kills runs at random moments, lets them go on, and holds what they come to against a run that was left alone.

    kill-test.py .build/release/finetune DATA [--kills 50] [--weights FILE] [--images 40]

DATA holds train/<class>/ and test/<class>/. A ResNet-20 is trained on some of its images in three stages, with
activations kept on disk. Each run is killed (SIGKILL) once: every other one at a random moment, the others when a file is
half-written at or after one. Then it is resumed to its end. Of every run model.h5, predictions.csv and
confusion_matrix.csv must have the bytes of the undisturbed run's, metrics.csv too but for its column of seconds, and there must
be the same files, no more and no fewer. Ends with 1 where that is not so.
"""

import argparse
import glob
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

RECIPE = """\
name: killed
model: {{architecture: resnet20, weights: {weights}}}
data: {{train: {data}/train, validation: 0.2, test: {data}/test, image_size: 32}}
augment:
  - horizontal_flip: {{p: 0.5}}
views: 2
cache: {{memory: 64MiB, disk: 256MiB}}
stages:
  - {{name: head, train: [head], epochs: 3, lr: 1e-2}}
  - {{name: top, train: [layer3, head], epochs: 3, lr: 1e-3, schedule: cosine, batch_norm: adapt}}
  - {{name: all, train: [all], epochs: 2, lr: 1e-4, warmup_epochs: 1}}
batch_size: 16
precision: f32
threads: {threads}
"""
SAME = ["model.h5", "predictions.csv", "confusion_matrix.csv"]


def some_images(data, place, count):
    """Links the first images of each class, so that a run takes seconds."""
    for part in ("train", "test"):
        for folder in sorted((data / part).iterdir()):
            (place / part / folder.name).mkdir(parents=True)
            for image in sorted(folder.iterdir())[:count]:
                (place / part / folder.name / image.name).symlink_to(image.resolve())


def start(program, arguments, folder):
    return subprocess.Popen(
        [program, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(program, arguments, folder):
    """Runs to the end."""
    process = start(program, arguments, folder)
    _, words = process.communicate(timeout=1800)
    if process.returncode != 0:
        sys.exit(f"{' '.join(arguments)} in {folder} ended with {process.returncode}:\n{words}")
    return words


def outcome(folder):
    """What must be the same: bytes of files, metrics without seconds, and which files there are."""
    run = folder / "runs" / "killed-1"
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    metrics = [line.rsplit(",", 1)[0] for line in (run / "metrics.csv").read_text().splitlines()]
    return {"files": files, "metrics.csv": metrics, **{name: (run / name).read_bytes() for name in SAME}}


def kill(program, folder, moment, wait_for_file):
    """Begins a run and kills it. Returns where it was, or nothing where it had ended, or had not yet begun."""
    process = start(program, ["--recipe", "killed.yaml"], folder)
    time.sleep(moment)
    half_written = ""
    while wait_for_file and process.poll() is None:
        found = glob.glob(str(folder / "runs" / "*" / "*.unfinished"))
        if found:
            half_written = f", with {os.path.basename(found[0])}"
            break
    ended = process.poll() is not None
    process.send_signal(signal.SIGKILL)
    _, words = process.communicate()
    if ended or not (folder / "runs" / "killed-1" / "recipe.yaml").exists():
        return None
    lines = words.strip().splitlines()
    left = sorted(path.name for path in (folder / "runs" / "killed-1").glob("*.unfinished"))
    return f"after “{lines[-1] if lines else ''}”{half_written}{', leaving ' + ', '.join(left) if left else ''}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--weights", type=pathlib.Path, default=pathlib.Path("Weights/cifar10-resnet20.h5"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--images", type=int, default=40, help="of each class and part")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        some_images(arguments.data, place / "data", arguments.images)
        recipe = RECIPE.format(
            weights=arguments.weights.resolve(), data=place / "data", threads=arguments.threads)
        program = str(arguments.program.resolve())

        def folder(name):
            made = place / name
            made.mkdir()
            (made / "killed.yaml").write_text(recipe)
            return made

        undisturbed = folder("undisturbed")
        begin = time.monotonic()
        finish(program, ["--recipe", "killed.yaml"], undisturbed)
        seconds = time.monotonic() - begin
        expected = outcome(undisturbed)
        print(f"undisturbed: {seconds:.1f} s", flush=True)

        failures = 0
        for number in range(1, arguments.kills + 1):
            while True:
                killed = folder("killed")
                moment = chance.uniform(0, seconds)
                where = kill(program, killed, moment, wait_for_file=number % 2 == 0)
                if where:
                    break
                shutil.rmtree(killed)
            finish(program, ["--resume", "runs/killed-1"], killed)
            found = outcome(killed)
            different = [name for name in expected if found[name] != expected[name]]
            failures += bool(different)
            print(
                f"{number:3}: {'DIFFERENT: ' + ', '.join(different) if different else 'the same'}; "
                f"killed after {moment:.2f} s {where}", flush=True)
            if "files" in different:
                print(f"     files: {sorted(set(found['files']) ^ set(expected['files']))}", flush=True)
            shutil.rmtree(killed)
        print(f"{arguments.kills - failures} of {arguments.kills} killed runs ended as the undisturbed one")
        sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
