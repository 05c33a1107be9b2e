"""Hashes of the published texts, edition ``en`` of version 1.2, which the paper uses."""

from liaf_ref._core.validation import check_instance
from liaf_ref.data.babi.encode import Task

# Task.sha256 of each task.
SHA256 = {
    1: "d31d34d8a5b8f8cc4b1a5bc4e0b27851065bd45207f507beae75c3a0a826d79c",
    2: "41edf56c2092ac8758120b5626f36dc069cf9cb3fd20381cbf2ba27ad2821346",
    3: "93f4512d50571caceb19734c1f3a88a5dce1b766a76bb3616752af62df387dff",
    4: "c2aacc38f1e4d4d379f69135d5f9462ac8e26570f39f4117e0270f84e92ee8e6",
    5: "2fe0905d4d659046f255c5af2ed13f0eaf499145ae28bddc1e618d306c355fab",
    6: "64568ddbf55f7f97fdce5c58431c1d2ecabd1c8a6b964872bdbc05dedfeee0cd",
    7: "7c2dce76e0174ba30eea99edb4d5727ec27776c4a318c3ac5cedfed01af9f605",
    8: "183360fe5c34c30848ac2e8217360350775fd54474cc96900a892a07fe94beb9",
    9: "2e4a7ac1825266f6ec43c98286b95e3aa86bbe0da494b1e3204397354f5ef86d",
    10: "854b1c4d79cd5bc1d9c9aff15fd48aaaf64d09fbbbe17ffe7185313bc87dc857",
    11: "3fe8839f9210ebfa5044a10018f27c38c6ed8de8a936594f7e32424936629177",
    12: "3fbb783fee2d5e261a68c94ab386bde92dae241fe6fc3cbe0bc8db509a54da05",
    13: "fb88872f33228de6c42690784f1f476098a46ff4755eefa076380b183cf4cc2d",
    14: "4eff3c3d47df72dc0e824f8d3f58a4fb8387ee75726e4a9034430911148c9d41",
    15: "997d0eedeb65fdf6549d42739ebeefa6732674a8b22212367ef2b67ed9b2273e",
    16: "9565a8b2172e30014b6e2c0ee9695aa4fa463e0758c0ec25901259d5852581a9",
    17: "549476ebe8297ccdad8c0d3b137f77e1b87f992c6d116ac5ef1de2b5439103d1",
    18: "6b45dd999a4862a12ea1e2e34c442615a937cac82589a85dede30c40c3308291",
    19: "ddde1390b13719348adb94a4fa0e430fdce2ccc1a778733274e12c6e558997f5",
    20: "6babd46756a030ff935cb89411329b553ada51aaeb91e9057024bf4a5a496b35",
}


def is_published(task: Task) -> bool:
    """Whether a task is the published text that the paper uses, by its hash."""
    task = check_instance("task", task, Task, "bAbI", "a Task")
    return task.sha256 == SHA256[task.number]
