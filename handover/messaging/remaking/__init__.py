"""What somebody sends is made anew in a process of its own, with little memory and time, which may write no file.

child.py runs there, with pdf.py, picture.py and voice.py; process.py starts it, feeds it, and takes what it made.
"""
