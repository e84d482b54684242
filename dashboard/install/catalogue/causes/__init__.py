"""What can be behind a code: functions of one `Evidence`, each *likely*, *unlikely* or *unknown* with its figures.

*Likely* needs positive evidence. What the data cannot tell is *unknown*, and the sentence says what is missing.
"""
