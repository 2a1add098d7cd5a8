"""usage: datalab_opens.py FILE OUT.npz: DataLab's own main window, without a screen, opens the workspace; what it shows goes
into OUT. A process of its own: Qt ends with it."""
from __future__ import annotations

import json
import os
import sys

import numpy as np


def main() -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from datalab.env import execenv
    from datalab.gui.main import DLMainWindow
    from guidata.qthelpers import qt_app_context

    execenv.unattended = True
    shown: dict[str, np.ndarray] = {}
    signals = []
    with qt_app_context(exec_loop=False):
        window = DLMainWindow(console=False, hide_on_close=False)
        window.open_h5_files([sys.argv[1]], import_all=True, reset_all=True)
        for group in window.signalpanel.objmodel.get_groups():
            for signal in group.get_objects():
                metadata = {key: value.tolist() if hasattr(value, "tolist") else value
                            for key, value in signal.metadata.items() if not key.startswith("_")}
                shown[f"xy{len(signals)}"] = signal.xydata
                signals.append({"group": group.title, "title": signal.title, "xlabel": signal.xlabel,
                                "xunit": signal.xunit, "ylabel": signal.ylabel, "yunit": signal.yunit,
                                "metadata": metadata})
        window.set_modified(False)
        window.close()
    np.savez(sys.argv[2], signals=json.dumps(signals), **shown)


if __name__ == "__main__":
    main()
