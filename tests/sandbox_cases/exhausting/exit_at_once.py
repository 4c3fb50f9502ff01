# ends: died | the kernel is gone without a word
import os

os._exit(0)
