"""The example of the package's README, run as it is printed there."""

import re
import subprocess
import sys
from pathlib import Path

import embedded_aws

README = Path(embedded_aws.__file__).with_name("README.md")


def test_the_example_runs_as_printed(tmp_path: Path):
    program, script = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "Pulumi.yaml").write_text("name: example\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("")
    (tmp_path / "__main__.py").write_text(program)
    (tmp_path / "run.py").write_text(script)
    ended = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "SUCCEEDED ('Greet',) ['Hello wind']" in ended.stdout
    assert "role/greeter sns:Publish" in ended.stdout
