"""The sample deployment: quận Dương Kinh, thành phố Hải Phòng, before and from 2025-07-01.

The ward codes, names and successions are official; every group size, person, phone and visit is invented.
The package holds data only: `place` is what the registry is told, `story` is what happened there. Nothing
here opens a connection; whoever loads the sample decides how.
"""
