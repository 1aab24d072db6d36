import pytest

from training.data.engine.bench import bench
from training.data.engine.job import Job


@pytest.mark.long
def test_two_ray_workers_are_nearly_as_fast_as_two_processes(tmp_path):
    report = bench(2000, 2, Job(steps=("masks",), shard=50), tmp_path)
    assert report["equal"]
    assert report["local"]["ads"] == report["ray"]["ads"] == 2000
    assert report["ray_share"] >= 0.7, report
